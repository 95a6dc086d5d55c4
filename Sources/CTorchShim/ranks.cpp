// Several processes: a store of keys that one of them keeps, and sums over all of them by libtorch's c10d with gloo.
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <c10/util/Flags.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "guard.hpp"

C10_DECLARE_int(caffe2_log_level);

using darkroom::guarded;

struct CTStore {
    c10::intrusive_ptr<c10d::Store> value;
};
struct CTGroup {
    c10::intrusive_ptr<c10d::Backend> value;
};
struct CTWork {
    c10::intrusive_ptr<c10d::Work> value;
    std::vector<at::Tensor> tensors;
};

namespace {

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}
std::vector<std::string> names(const char *const *keys, int64_t count) { return {keys, keys + count}; }

}  // namespace

CTStore *ct_store_open(const char *host, int32_t port, int is_host, const char *prefix, double seconds, CTError *error) {
    return guarded<CTStore *>(error, nullptr, [&] {
        // A peer that dies is told by our own error; c10d's warnings with their stacks would bury it.
        FLAGS_caffe2_log_level = std::max(FLAGS_caffe2_log_level, 2);
        c10d::TCPStoreOptions options;
        options.port = static_cast<uint16_t>(port);
        options.isServer = is_host != 0;
        options.waitWorkers = false;
        options.timeout = milliseconds(seconds);
        auto store = c10::make_intrusive<c10d::TCPStore>(host, options);
        return new CTStore{c10::make_intrusive<c10d::PrefixStore>(prefix, std::move(store))};
    });
}
void ct_store_free(CTStore *store) { delete store; }
int ct_store_set(CTStore *store, const char *key, const char *value, CTError *error) {
    return guarded<int>(error, -1, [&] {
        store->value->set(key, std::string(value));
        return 0;
    });
}
char *ct_store_get(CTStore *store, const char *key, CTError *error) {
    return guarded<char *>(error, nullptr, [&] { return strdup(store->value->get_to_str(key).c_str()); });
}
int ct_store_has(CTStore *store, const char *key, CTError *error) {
    return guarded<int>(error, -1, [&] { return store->value->check({key}) ? 1 : 0; });
}
int ct_store_wait(CTStore *store, const char *const *keys, int64_t count, double seconds, CTError *error) {
    return guarded<int>(error, -1, [&] {
        store->value->wait(names(keys, count), milliseconds(seconds));
        return 0;
    });
}
int ct_store_add(CTStore *store, const char *key, int64_t amount, int64_t *sum, CTError *error) {
    return guarded<int>(error, -1, [&] {
        *sum = store->value->add(key, amount);
        return 0;
    });
}
int ct_store_counters(CTStore *store, const char *const *keys, int64_t count, int64_t *values, CTError *error) {
    return guarded<int>(error, -1, [&] {
        const auto texts = store->value->multiGet(names(keys, count));
        for (int64_t i = 0; i < count; i++) values[i] = std::stoll(std::string(texts[i].begin(), texts[i].end()));
        return 0;
    });
}

CTGroup *ct_group_open(CTStore *store, int32_t rank, int32_t count, double seconds, double longest, CTError *error) {
    return guarded<CTGroup *>(error, nullptr, [&] {
        auto options = c10d::ProcessGroupGloo::Options::create_default(milliseconds(seconds));
        c10::intrusive_ptr<c10d::Backend> group =
            c10::make_intrusive<c10d::ProcessGroupGloo>(store->value, rank, count, std::move(options));
        group->setTimeout(milliseconds(longest));
        return new CTGroup{std::move(group)};
    });
}
void ct_group_free(CTGroup *group) { delete group; }

CTWork *ct_group_sum(CTGroup *group, CTTensor *tensor, CTError *error) {
    return guarded<CTWork *>(error, nullptr, [&] {
        auto work = std::make_unique<CTWork>();
        work->tensors = {tensor->value.detach()};
        work->value = group->value->allreduce(work->tensors);
        return work.release();
    });
}
CTWork *ct_group_broadcast(CTGroup *group, CTTensor *tensor, int32_t root, CTError *error) {
    return guarded<CTWork *>(error, nullptr, [&] {
        auto work = std::make_unique<CTWork>();
        work->tensors = {tensor->value.detach()};
        c10d::BroadcastOptions options;
        options.rootRank = root;
        work->value = group->value->broadcast(work->tensors, options);
        return work.release();
    });
}
int ct_work_state(CTWork *work, CTError *error) {
    return guarded<int>(error, -1, [&] {
        if (!work->value->isCompleted()) return 0;
        work->value->wait();  // throws what went wrong
        return 1;
    });
}
void ct_work_free(CTWork *work) { delete work; }

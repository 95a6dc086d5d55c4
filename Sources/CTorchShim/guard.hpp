// What every translation unit of the shim shares: the handles' contents and the one exception barrier.
#pragma once
#include <ATen/ATen.h>
#include <c10/core/DeviceType.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "CTorchShim.h"

struct CTTensor {
    at::Tensor value;
};
struct CTGenerator {
    at::Generator value;
};

namespace darkroom {

extern std::atomic<int64_t> live_tensors;

inline CTTensor *own(at::Tensor value) {
    auto *handle = new CTTensor{std::move(value)};
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

// Enters an autocast state (autograd.cpp); leave with ct_scope_leave on the same thread.
CTScope *enter_autocast(c10::DeviceType device, at::ScalarType dtype, bool enabled);

inline void fill(CTError *error, int32_t kind, const char *message) {
    error->kind = kind;
    error->message = strdup(message);
}

inline int32_t kind_of(std::string_view message) {
    const bool memory = message.find("can't allocate memory") != std::string_view::npos ||
                        message.find("out of memory") != std::string_view::npos ||
                        message.find("Storage size calculation overflowed") != std::string_view::npos;
    return memory ? CT_OUT_OF_MEMORY : CT_INVALID;
}

// Runs `body`; whatever it throws becomes a CTError and the returned `failure`. Nothing crosses into Swift.
template <class Result, class Body>
Result guarded(CTError *error, Result failure, Body body) noexcept {
    try {
        return body();
    } catch (const c10::OutOfMemoryError &e) {
        fill(error, CT_OUT_OF_MEMORY, e.what_without_backtrace());
    } catch (const c10::Error &e) {
        fill(error, kind_of(e.what_without_backtrace()), e.what_without_backtrace());
    } catch (const std::bad_alloc &e) {
        fill(error, CT_OUT_OF_MEMORY, e.what());
    } catch (const std::exception &e) {
        fill(error, kind_of(e.what()), e.what());
    } catch (...) {
        fill(error, CT_UNKNOWN, "an exception of unknown type");
    }
    return failure;
}

}  // namespace darkroom

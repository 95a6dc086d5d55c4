// Handles: making, reading and freeing tensors.
#include <ATen/EmptyTensor.h>
#include <ATen/Functions.h>

#include "guard.hpp"

using darkroom::guarded;

std::atomic<int64_t> darkroom::live_tensors{0};

void ct_error_free(CTError *error) {
    free(error->message);
    *error = {CT_OK, nullptr};
}

CTTensor *ct_tensor_from_bytes(const void *bytes, int64_t byte_count, const int64_t *sizes, int64_t rank,
                               int32_t dtype, CTError *error) {
    return guarded<CTTensor *>(error, nullptr, [&]() -> CTTensor * {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        auto tensor = at::empty(c10::IntArrayRef(sizes, rank), options);
        TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == byte_count, "expected ", tensor.nbytes(),
                    " bytes for this shape, got ", byte_count);
        if (byte_count > 0) std::memcpy(tensor.data_ptr(), bytes, byte_count);
        return darkroom::own(std::move(tensor));
    });
}

CTTensor *ct_tensor_borrow(const void *bytes, int64_t byte_count, const int64_t *sizes, int64_t rank, int32_t dtype,
                           void *owner, void (*release)(void *owner), CTError *error) {
    return guarded<CTTensor *>(error, nullptr, [&]() -> CTTensor * {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        auto shape = c10::IntArrayRef(sizes, rank);
        const auto needed = at::detail::computeStorageNbytesContiguous(shape, options.dtype().itemsize());
        TORCH_CHECK(static_cast<int64_t>(needed) == byte_count, "expected ", needed, " bytes for this shape, got ",
                    byte_count);
        // From here on the tensor owns one reference; `from_blob` does not fail after it has taken the deleter.
        return darkroom::own(
            at::from_blob(const_cast<void *>(bytes), shape, [owner, release](void *) { release(owner); }, options));
    });
}

CTTensor *ct_tensor_share(const CTTensor *tensor) { return darkroom::own(tensor->value); }
void ct_tensor_free(CTTensor *tensor) {
    if (!tensor) return;
    delete tensor;
    darkroom::live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

int64_t ct_tensor_rank(const CTTensor *tensor) { return tensor->value.dim(); }
int64_t ct_tensor_size(const CTTensor *tensor, int64_t axis) { return tensor->value.sizes()[axis]; }
int64_t ct_tensor_count(const CTTensor *tensor) { return tensor->value.numel(); }
int32_t ct_tensor_dtype(const CTTensor *tensor) { return static_cast<int32_t>(tensor->value.scalar_type()); }
int32_t ct_tensor_device_type(const CTTensor *tensor) { return static_cast<int32_t>(tensor->value.device().type()); }
int32_t ct_tensor_device_index(const CTTensor *tensor) { return tensor->value.device().index(); }
int ct_tensor_is_channels_last(const CTTensor *tensor) {
    return tensor->value.dim() == 4 && tensor->value.is_contiguous(at::MemoryFormat::ChannelsLast) &&
           !tensor->value.is_contiguous();
}

int64_t ct_tensor_to_bytes(const CTTensor *tensor, void *bytes, int64_t capacity, CTError *error) {
    return guarded<int64_t>(error, -1, [&]() -> int64_t {
        auto host = tensor->value.detach().to(at::kCPU).contiguous();
        const auto size = static_cast<int64_t>(host.nbytes());
        TORCH_CHECK(size <= capacity, "needs ", size, " bytes, given ", capacity);
        if (size > 0) std::memcpy(bytes, host.data_ptr(), size);
        return size;
    });
}

int ct_tensor_item(const CTTensor *tensor, double *value, CTError *error) {
    return guarded<int>(error, -1, [&] {
        *value = tensor->value.item().toDouble();
        return 0;
    });
}

uintptr_t ct_tensor_storage(const CTTensor *tensor, int64_t *bytes) {
    const auto &value = tensor->value;
    if (!value.has_storage()) {  // in a layout of oneDNN's own
        *bytes = value.numel() * static_cast<int64_t>(value.itemsize());
        return reinterpret_cast<uintptr_t>(value.unsafeGetTensorImpl());
    }
    *bytes = static_cast<int64_t>(value.storage().nbytes());
    return reinterpret_cast<uintptr_t>(value.storage().unsafeGetStorageImpl());
}

int64_t ct_live_tensors(void) { return darkroom::live_tensors.load(std::memory_order_relaxed); }

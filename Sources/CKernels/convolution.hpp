// 3 × 3 convolutions by Winograd's filtering.
#pragma once
#include <ATen/Tensor.h>

#include <optional>

namespace darkroom::winograd {

// With plain kernels: by Winograd's filtering in single precision where that serves, else libtorch's.
at::Tensor convolution(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias, int64_t stride, int64_t padding,
                       int64_t groups);

// Whether bf16 kernels `[out, in, 3, 3]` can be packed here, and whether that is faster than libtorch's convolution.
bool gains(const at::Tensor &weight);
// `[out / 16, in, 3, 3, 16]`, the same numbers.
at::Tensor packed(const at::Tensor &weight);
bool is_packed(const at::Tensor &weight);
// Stride 1, a margin of one zero; bf16, with sums in single precision.
at::Tensor convolve(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &bias);

// The same for kernels of bytes, with one scale for each result; x of either type.
bool gains_by_bytes(const at::Tensor &weight);
at::Tensor packed_bytes(const at::Tensor &weight);
at::Tensor convolve_bytes(const at::Tensor &x, const at::Tensor &packed, const at::Tensor &scale, const std::optional<at::Tensor> &bias);

}  // namespace darkroom::winograd

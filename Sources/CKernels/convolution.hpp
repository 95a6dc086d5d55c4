// 3 × 3 convolutions by Winograd's filtering with kernels that are packed once.
#pragma once
#include <ATen/Tensor.h>

#include <optional>

namespace darkroom::winograd {

// Whether kernels `[out, in, 3, 3]` can be packed here, and whether that is faster than libtorch's convolution.
bool can_pack(const at::Tensor &weight);
bool gains(const at::Tensor &weight);
// `[out / 16, in, 3, 3, 16]`; the same tensor where nothing can be packed.
at::Tensor packed(const at::Tensor &weight);
bool is_packed(const at::Tensor &weight);
// Stride 1, a margin of one zero; of the type of the kernels, with sums in single precision.
at::Tensor convolve(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &bias);

}  // namespace darkroom::winograd

// Linear maps with weights of bf16 or bytes and arithmetic in single precision, for processors that multiply bf16 no faster.
#pragma once
#include <ATen/Tensor.h>

#include <optional>

namespace darkroom::widened {

// Whether a bf16 matrix `[out, in]` can be packed here, and whether that is faster than libtorch's product.
bool gains(const at::Tensor &weight);
// `[out / 16, in, 16]`, the same numbers.
at::Tensor packed(const at::Tensor &weight);
bool is_packed(const at::Tensor &weight);
// x · weightᵀ + bias over the last axis.
at::Tensor linear(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &bias);

// The same for a matrix of bytes, with one scale for each result; x of either type.
bool gains_by_bytes(const at::Tensor &weight);
at::Tensor packed_bytes(const at::Tensor &weight);
at::Tensor linear_of_bytes(const at::Tensor &x, const at::Tensor &packed, const at::Tensor &scale, const std::optional<at::Tensor> &bias);

}  // namespace darkroom::widened

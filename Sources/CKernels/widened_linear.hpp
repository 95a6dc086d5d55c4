// Linear maps with bf16 weights and arithmetic in single precision, for processors that multiply bf16 no faster.
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

}  // namespace darkroom::widened

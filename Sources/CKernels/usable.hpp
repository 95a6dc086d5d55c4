// Which tensors the fast paths take.
#pragma once
#include <ATen/Tensor.h>
#include <c10/core/GradMode.h>

#include <vector>

#include "processor.hpp"

namespace darkroom {

inline bool plain(const at::Tensor &x) {
    return x.device().is_cpu() && x.layout() == at::kStrided && !x.is_neg() && !x.is_conj();
}
// bf16 or single precision.
inline bool is_short_or_single(const at::Tensor &x) { return x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kFloat; }
inline bool wants_gradient(const at::Tensor &x) { return c10::GradMode::is_enabled() && x.requires_grad(); }

// On the CPU, and no gradient wanted: what the kernels for inference do is not recorded.
inline bool usable(const at::Tensor &x) { return plain(x) && is_short_or_single(x) && !wants_gradient(x); }

// A vector of parameters that is small beside what it is applied to: bf16 or single precision, as models have them.
inline bool plain_parameter(const at::Tensor &x, int64_t size) {
    return x.dim() == 1 && x.size(0) == size && plain(x) && is_short_or_single(x);
}
inline bool usable_parameter(const at::Tensor &x, int64_t size) { return plain_parameter(x, size) && !wants_gradient(x); }
inline std::vector<float> numbers(const at::Tensor &x) {
    std::vector<float> result(static_cast<size_t>(x.numel()));
    const int64_t stride = x.stride(0);
    if (x.scalar_type() == at::kFloat) {
        const auto *from = static_cast<const float *>(x.const_data_ptr());
        for (size_t i = 0; i < result.size(); i++) result[i] = from[static_cast<int64_t>(i) * stride];
    } else {
        const auto *from = static_cast<const at::BFloat16 *>(x.const_data_ptr());
        for (size_t i = 0; i < result.size(); i++) result[i] = static_cast<float>(from[static_cast<int64_t>(i) * stride]);
    }
    return result;
}

}  // namespace darkroom

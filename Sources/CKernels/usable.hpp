// Which tensors the fast paths take.
#pragma once
#include <ATen/Tensor.h>
#include <c10/core/GradMode.h>

#include "processor.hpp"

namespace darkroom {

// bf16 on the CPU, and no gradient wanted: what the kernels do is not recorded.
inline bool usable(const at::Tensor &x) {
    return x.device().is_cpu() && x.scalar_type() == at::kBFloat16 && x.layout() == at::kStrided && !x.is_neg() && !x.is_conj() &&
           !(c10::GradMode::is_enabled() && x.requires_grad());
}

}  // namespace darkroom

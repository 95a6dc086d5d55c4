// darkroom::group_norm: groups of channels normalised, scaled and shifted, with what stands before and after it in a
// residual block: a shift a channel (the time embedding) and SiLU. Channels last: every pixel's channels lie together.
#include <ATen/Functions.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "group_norm.set.hpp"
#include "each_set.hpp"

namespace darkroom::group_norm {
namespace {

using MaybeTensor = std::optional<at::Tensor>;

at::Tensor stock(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &shift,
                 bool silu) {
    const auto shifted = shift ? at::add(x, shift->unsqueeze(-1).unsqueeze(-1)) : x;
    const auto y = at::group_norm(shifted, groups, weight, bias, epsilon);
    return silu ? at::silu(y) : y;
}

at::Tensor group_norm(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &shift,
                      bool silu) {
#if CK_X86
    if (ck_level_in_use() >= CK_AVX2 && usable(x) && x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.numel() > 0 &&
        groups > 0 && x.size(1) % groups == 0 && usable_parameter(weight, x.size(1)) && usable_parameter(bias, x.size(1)) &&
        (!shift || (usable(*shift) && shift->scalar_type() == x.scalar_type() && shift->is_contiguous() && shift->sizes() == x.sizes().slice(0, 2)))) {
        return CK_CALL_FOR(x, group_norm::fused, x, groups, weight, bias, epsilon, shift, silu);
    }
#endif
    return stock(x, groups, weight, bias, epsilon, shift, silu);
}

}  // namespace
}  // namespace darkroom::group_norm

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("group_norm(Tensor x, int groups, Tensor weight, Tensor bias, float epsilon, Tensor? shift, bool silu) -> Tensor",
                darkroom::group_norm::group_norm);
}

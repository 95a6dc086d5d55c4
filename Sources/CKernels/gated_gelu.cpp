// darkroom::gated_gelu: a · gelu(b), where a and b are the halves of the last axis, in one pass over the memory.
#include <ATen/Functions.h>
#include <torch/library.h>

#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "gated_gelu.set.hpp"
#include "each_set.hpp"

namespace darkroom::gated_gelu {
namespace {

at::Tensor stock(const at::Tensor &x, int64_t half) {
    return at::mul(x.narrow(-1, 0, half), at::gelu(x.narrow(-1, half, half)));
}

at::Tensor gated_gelu(const at::Tensor &x) {
    TORCH_CHECK(x.dim() >= 1 && x.size(-1) % 2 == 0, "gated GELU wants a last axis of even size, not ", x.sizes());
    const int64_t half = x.size(-1) / 2;
#if CK_X86
    if (ck_level_in_use() >= CK_AVX2 && usable(x) && x.is_contiguous() && x.numel() > 0) return CK_CALL_FOR(x, gated_gelu::apply, x);
#endif
    return stock(x, half);
}

}  // namespace
}  // namespace darkroom::gated_gelu

TORCH_LIBRARY_FRAGMENT(darkroom, library) { library.def("gated_gelu(Tensor x) -> Tensor", darkroom::gated_gelu::gated_gelu); }

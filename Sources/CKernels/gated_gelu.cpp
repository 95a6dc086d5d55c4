// darkroom::gated_gelu: a · gelu(b), where a and b are the halves of the last axis, in one pass over the memory.
#include <ATen/Functions.h>
#include <torch/library.h>

#include "parallel.hpp"
#include "usable.hpp"
#include "vectors.hpp"

namespace darkroom::gated_gelu {
namespace {

at::Tensor stock(const at::Tensor &x, int64_t half) {
    return at::mul(x.narrow(-1, 0, half), at::gelu(x.narrow(-1, half, half)));
}

#if CK_X86
CK_VECTORS_BEGIN
void rows(const vectors::Bits *x, vectors::Bits *out, int64_t count, int64_t half) {
    for (int64_t i = 0; i < count; i++, x += 2 * half, out += half) {
        vectors::along(
            half,
            [=](int64_t c) {
                const auto a = vectors::load_two(x + c), b = vectors::load_two(x + half + c);
                vectors::store_two(out + c, _mm512_mul_ps(a.low, vectors::gelu(b.low)), _mm512_mul_ps(a.high, vectors::gelu(b.high)));
            },
            [=](int64_t c, __mmask16 mask) {
                vectors::store(out + c, mask, _mm512_mul_ps(vectors::load(x + c, mask), vectors::gelu(vectors::load(x + half + c, mask))));
            });
    }
}
CK_END
#endif

at::Tensor gated_gelu(const at::Tensor &x) {
    TORCH_CHECK(x.dim() >= 1 && x.size(-1) % 2 == 0, "gated GELU wants a last axis of even size, not ", x.sizes());
    const int64_t half = x.size(-1) / 2;
#if CK_X86
    if (ck_level_in_use() >= CK_VECTORS && usable(x) && x.is_contiguous() && x.numel() > 0) {
        auto shape = x.sizes().vec();
        shape.back() = half;
        auto out = at::empty(shape, x.options());
        const auto *from = static_cast<const vectors::Bits *>(x.const_data_ptr());
        auto *to = static_cast<vectors::Bits *>(out.mutable_data_ptr());
        parallel_for(0, x.numel() / (2 * half), std::max<int64_t>(1, 16384 / half),
                         [&](int64_t first, int64_t last) { rows(from + first * 2 * half, to + first * half, last - first, half); });
        return out;
    }
#endif
    return stock(x, half);
}

}  // namespace
}  // namespace darkroom::gated_gelu

TORCH_LIBRARY_FRAGMENT(darkroom, library) { library.def("gated_gelu(Tensor x) -> Tensor", darkroom::gated_gelu::gated_gelu); }

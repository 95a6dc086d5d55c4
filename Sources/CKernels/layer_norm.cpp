// darkroom::layer_norm: the last axis normalised, then scaled and shifted.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <cmath>

#include "usable.hpp"
#include "vectors.hpp"

namespace darkroom::layer_norm {
namespace {

using MaybeTensor = std::optional<at::Tensor>;

#if CK_X86
CK_VECTORS_BEGIN
// The row stays in the first cache between the three passes.
void rows(const vectors::Bits *x, const float *weight, const float *bias, vectors::Bits *out, int64_t count, int64_t width,
          float epsilon) {
    for (int64_t i = 0; i < count; i++, x += width, out += width) {
        __m512 sum = _mm512_setzero_ps(), more = _mm512_setzero_ps();
        vectors::along(
            width,
            [&](int64_t c) {
                const auto two = vectors::load_two(x + c);
                sum = _mm512_add_ps(sum, two.low);
                more = _mm512_add_ps(more, two.high);
            },
            [&](int64_t c, __mmask16 mask) { sum = _mm512_add_ps(sum, vectors::load(x + c, mask)); });
        const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(_mm512_add_ps(sum, more)) / static_cast<float>(width));
        sum = more = _mm512_setzero_ps();
        vectors::along(
            width,
            [&](int64_t c) {
                const auto two = vectors::load_two(x + c);
                const __m512 low = _mm512_sub_ps(two.low, mean), high = _mm512_sub_ps(two.high, mean);
                sum = _mm512_fmadd_ps(low, low, sum);
                more = _mm512_fmadd_ps(high, high, more);
            },
            [&](int64_t c, __mmask16 mask) {
                const __m512 d = _mm512_maskz_sub_ps(mask, vectors::load(x + c, mask), mean);
                sum = _mm512_fmadd_ps(d, d, sum);
            });
        const float variance = _mm512_reduce_add_ps(_mm512_add_ps(sum, more)) / static_cast<float>(width);
        const __m512 factor = _mm512_set1_ps(1 / std::sqrt(variance + epsilon)), minus = _mm512_mul_ps(mean, _mm512_sub_ps(_mm512_setzero_ps(), factor));
        vectors::along(
            width,
            [=](int64_t c) {
                const auto two = vectors::load_two(x + c);
                vectors::store_two(out + c, _mm512_fmadd_ps(_mm512_fmadd_ps(two.low, factor, minus), _mm512_loadu_ps(weight + c), _mm512_loadu_ps(bias + c)),
                                   _mm512_fmadd_ps(_mm512_fmadd_ps(two.high, factor, minus), _mm512_loadu_ps(weight + c + 16), _mm512_loadu_ps(bias + c + 16)));
            },
            [=](int64_t c, __mmask16 mask) {
                const __m512 y = _mm512_fmadd_ps(vectors::load(x + c, mask), factor, minus);
                vectors::store(out + c, mask, _mm512_fmadd_ps(y, _mm512_maskz_loadu_ps(mask, weight + c), _mm512_maskz_loadu_ps(mask, bias + c)));
            });
    }
}
CK_END

#endif

at::Tensor layer_norm(const at::Tensor &x, const MaybeTensor &weight, const MaybeTensor &bias, double epsilon) {
    TORCH_CHECK(x.dim() >= 1, "layer norm wants at least one axis");
    const int64_t width = x.size(-1);
#if CK_X86
    if (ck_level_in_use() >= CK_VECTORS && usable(x) && x.numel() > 0 && weight && usable_parameter(*weight, width) && bias &&
        usable_parameter(*bias, width)) {
        const auto dense = x.contiguous();
        auto out = at::empty_like(dense);
        const auto scale = numbers(*weight), shift = numbers(*bias);
        const auto *from = static_cast<const vectors::Bits *>(dense.const_data_ptr());
        auto *to = static_cast<vectors::Bits *>(out.mutable_data_ptr());
        at::parallel_for(0, x.numel() / width, std::max<int64_t>(1, 32768 / width), [&](int64_t first, int64_t last) {
            rows(from + first * width, scale.data(), shift.data(), to + first * width, last - first, width, static_cast<float>(epsilon));
        });
        return out;
    }
#endif
    return at::layer_norm(x, {width}, weight ? *weight : at::Tensor(), bias ? *bias : at::Tensor(), epsilon);
}

}  // namespace
}  // namespace darkroom::layer_norm

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("layer_norm(Tensor x, Tensor? weight, Tensor? bias, float epsilon) -> Tensor", darkroom::layer_norm::layer_norm);
}

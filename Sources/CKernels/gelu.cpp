// darkroom::tanh_gelu: GELU by its tanh approximation, x · sigmoid(2u), u = √(2/π) · (x + 0.044715 x³), one pass each way.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "parallel.hpp"
#include "usable.hpp"
#include "vectors.hpp"

namespace darkroom::gelu {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if CK_X86
constexpr float twice_root = 1.5957691216f, cube = 0.044715f;  // 2 · √(2/π)

CK_VECTORS_BEGIN
template <class T> void apply(const T *x, T *out, int64_t count) {
    vectors::each(count, [=](int64_t c, __mmask16 mask) {
        const __m512 v = vectors::load(x + c, mask), square = _mm512_mul_ps(v, v);
        const __m512 inner = _mm512_mul_ps(v, _mm512_fmadd_ps(square, _mm512_set1_ps(twice_root * cube), _mm512_set1_ps(twice_root)));
        vectors::store(out + c, mask, _mm512_mul_ps(v, vectors::sigmoid(inner)));
    });
}
template <class T> void differentiate(const T *x, const T *above, T *below, int64_t count) {
    const __m512 one = _mm512_set1_ps(1);
    vectors::each(count, [=](int64_t c, __mmask16 mask) {
        const __m512 v = vectors::load(x + c, mask), square = _mm512_mul_ps(v, v);
        const __m512 inner = _mm512_mul_ps(v, _mm512_fmadd_ps(square, _mm512_set1_ps(twice_root * cube), _mm512_set1_ps(twice_root)));
        const __m512 slope = _mm512_fmadd_ps(square, _mm512_set1_ps(3 * twice_root * cube), _mm512_set1_ps(twice_root));
        const __m512 share = vectors::sigmoid(inner);
        // σ + x · σ · (1 − σ) · 2u′; where x has a huge square, σ is 0 or 1 and the product nothing.
        const __m512 bend = _mm512_mul_ps(_mm512_mul_ps(v, share), _mm512_mul_ps(_mm512_sub_ps(one, share), slope));
        vectors::store(below + c, mask, _mm512_mul_ps(vectors::load(above + c, mask), _mm512_add_ps(share, bend)));
    });
}
CK_END

template <class T> at::Tensor forwards(const at::Tensor &x) {
    auto out = at::empty_like(x);
    const auto *from = static_cast<const T *>(x.const_data_ptr());
    auto *to = static_cast<T *>(out.mutable_data_ptr());
    parallel_for(0, x.numel(), 16384, [&](int64_t first, int64_t last) { apply(from + first, to + first, last - first); });
    return out;
}
template <class T> at::Tensor backwards(const at::Tensor &x, const at::Tensor &gradient) {
    // Of one layout, whatever that is.
    const auto above = gradient.strides() == x.strides() ? gradient : at::empty_like(x).copy_(gradient);
    auto below = at::empty_like(x);
    const auto *from = static_cast<const T *>(x.const_data_ptr()), *slope = static_cast<const T *>(above.const_data_ptr());
    auto *to = static_cast<T *>(below.mutable_data_ptr());
    parallel_for(0, x.numel(), 16384, [&](int64_t first, int64_t last) { differentiate(from + first, slope + first, to + first, last - first); });
    return below;
}

struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x) {
        context->save_for_backward({x});
        return x.scalar_type() == at::kFloat ? forwards<float>(x) : forwards<vectors::Bits>(x);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "the fused GELU can be differentiated once only; limit the processor's level to differentiate twice");
        const auto x = context->get_saved_variables()[0];
        return {x.scalar_type() == at::kFloat ? backwards<float>(x, gradients[0]) : backwards<vectors::Bits>(x, gradients[0])};
    }
};
#endif

at::Tensor tanh_gelu(const at::Tensor &x) {
#if CK_X86
    if (ck_level_in_use() >= CK_VECTORS && plain(x) && is_short_or_single(x) && x.is_non_overlapping_and_dense() && x.numel() > 0) {
        if (wants_gradient(x)) return Function::apply(x);
        return x.scalar_type() == at::kFloat ? forwards<float>(x) : forwards<vectors::Bits>(x);
    }
#endif
    return at::gelu(x, "tanh");
}

}  // namespace
}  // namespace darkroom::gelu

TORCH_LIBRARY_FRAGMENT(darkroom, library) { library.def("tanh_gelu(Tensor x) -> Tensor", darkroom::gelu::tanh_gelu); }

// Weights in a byte a number and one scale an output channel; what they multiply may be rounded to bytes too.
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <array>
#include <cmath>
#include <tuple>

#include "parallel.hpp"
#include "vectors.hpp"

namespace darkroom::bytes {
namespace {

using at::Tensor;
using MaybeTensor = std::optional<Tensor>;
using Ints = c10::List<int64_t>;

// Rounding errs by at most half a 127th of a row's largest magnitude. A few rows at a time, copied by themselves where the layout asks
// for it: models are large, and what a whole weight borrows leaves a hole in the heap.
std::tuple<Tensor, Tensor> quantize(const Tensor &weight) {
    TORCH_CHECK(weight.dim() == 2 || weight.dim() == 4, "a weight has two axes or four, not ", weight.dim());
    auto numbers = at::empty(weight.sizes(), weight.options().dtype(at::kChar));
    auto scales = at::empty({weight.size(0)}, weight.options().dtype(at::kFloat));
    if (weight.is_meta() || weight.numel() == 0) return {numbers, scales};
    auto target = numbers.view({weight.size(0), -1});
    constexpr int64_t block = 64;
    for (int64_t i = 0; i < weight.size(0); i += block) {
        const int64_t count = std::min(block, weight.size(0) - i);
        const auto part = weight.narrow(0, i, count).reshape({count, -1}).to(at::kFloat);
        const auto scale = part.abs().amax(1).clamp_min(1e-12).div(127);
        scales.narrow(0, i, count).copy_(scale);
        target.narrow(0, i, count).copy_(part.div(scale.unsqueeze(1)).round());
    }
    return {numbers, scales};
}

#if CK_X86
CK_VECTORS_BEGIN
void widen_row(const int8_t *from, float scale, vectors::Bits *to, int64_t count) {
    const __m512 factor = _mm512_set1_ps(scale);
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const __m512 x = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i))));
        vectors::store(to + i, 0xffff, _mm512_mul_ps(x, factor));
    }
    if (i < count) {
        const __mmask16 mask = vectors::first(count - i);
        const __m512 x = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, from + i)));
        vectors::store(to + i, mask, _mm512_mul_ps(x, factor));
    }
}

std::pair<float, float> range(const vectors::Bits *x, int64_t count) {
    __m512 low = _mm512_setzero_ps(), high = _mm512_setzero_ps();
    for (int64_t i = 0; i < count; i += 16) {
        const __m512 value = vectors::load(x + i, vectors::first(count - i));
        low = _mm512_min_ps(low, value);
        high = _mm512_max_ps(high, value);
    }
    return {_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high)};
}

void narrow_row(const vectors::Bits *x, float factor, int32_t zero, uint8_t *to, int64_t count) {
    const __m512 scale = _mm512_set1_ps(factor);
    const __m512i shift = _mm512_set1_epi32(zero), none = _mm512_setzero_si512();
    for (int64_t i = 0; i < count; i += 16) {
        const __mmask16 mask = vectors::first(count - i);
        const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(vectors::load(x + i, mask), scale));
        const __m512i shifted = _mm512_max_epi32(_mm512_add_epi32(whole, shift), none);
        _mm_mask_storeu_epi8(to + i, mask, _mm512_cvtusepi32_epi8(shifted));
    }
}
CK_END
#endif

// The weight as numbers of the type of what it multiplies.
Tensor widened(const Tensor &weight, const Tensor &scale, at::ScalarType type) {
#if CK_X86
    if (ck_level_in_use() >= CK_VECTORS && type == at::kBFloat16 && weight.is_cpu() && weight.is_contiguous() && scale.is_contiguous()) {
        auto out = at::empty(weight.sizes(), weight.options().dtype(type));
        const int64_t row = weight.numel() / std::max<int64_t>(1, weight.size(0));
        const auto *from = static_cast<const int8_t *>(weight.const_data_ptr());
        const auto *scales = static_cast<const float *>(scale.const_data_ptr());
        auto *to = static_cast<vectors::Bits *>(out.mutable_data_ptr());
        parallel_for(0, weight.size(0), std::max<int64_t>(1, 65536 / std::max<int64_t>(1, row)), [&](int64_t first, int64_t last) {
            for (int64_t i = first; i < last; i++) widen_row(from + i * row, scales[i], to + i * row, row);
        });
        return out;
    }
#endif
    std::vector<int64_t> shape(weight.dim(), 1);
    shape[0] = weight.size(0);
    return weight.to(at::kFloat).mul_(scale.reshape(shape)).to(type);
}

Tensor plus(const MaybeTensor &residual, Tensor y) {
    if (!residual) return y;
    TORCH_CHECK(residual->sizes() == y.sizes() && residual->scalar_type() == y.scalar_type(), "the residual is ", residual->scalar_type(), " ",
                residual->sizes(), ", the result ", y.scalar_type(), " ", y.sizes());
    return y.add_(*residual);
}

MaybeTensor like(const MaybeTensor &bias, const Tensor &x) {
    return bias ? MaybeTensor(bias->to(x.scalar_type())) : bias;
}

// Bytes multiply bytes where oneDNN is there and the processor has the instructions; elsewhere it would be slow.
bool multiplies_bytes() {
#if CK_X86
    static const bool found = [] {
        auto &dispatcher = c10::Dispatcher::singleton();
        return __builtin_cpu_supports("avx512vnni") && dispatcher.findSchema({"onednn::qlinear_pointwise", ""}).has_value() &&
               dispatcher.findSchema({"onednn::qconv_pointwise", ""}).has_value();
    }();
    return found && ck_level_in_use() >= CK_VECTORS && at::globalContext().userEnabledMkldnn();
#else
    return false;
#endif
}

template <class... Arguments> Tensor call(const char *name, Arguments &&...arguments) {
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
    torch::jit::Stack stack;
    (stack.emplace_back(std::forward<Arguments>(arguments)), ...);
    op.callBoxed(stack);
    return stack.at(0).toTensor();
}

Ints both(int64_t value) { return Ints({value, value}); }

// A weight from `quantize` in oneDNN's layout for products of bytes; itself where there are none.
Tensor pack_linear(const Tensor &weight) {
    TORCH_CHECK(weight.dim() == 2 && weight.scalar_type() == at::kChar, "bytes [out, in] are packed, not ", weight.scalar_type(), " ", weight.sizes());
    if (!multiplies_bytes() || !weight.is_cpu()) return weight;
    return call("onednn::qlinear_prepack", weight, c10::IValue());
}

Tensor pack_convolution(const Tensor &weight, const Tensor &scale, int64_t stride, int64_t padding) {
    TORCH_CHECK(weight.dim() == 4 && weight.scalar_type() == at::kChar, "bytes of four axes are packed, not ", weight.scalar_type(), " ", weight.sizes());
    if (!multiplies_bytes() || !weight.is_cpu()) return weight;
    return call("onednn::qconv_prepack", weight, scale, 1.0, int64_t{128}, both(stride), both(padding), both(1), int64_t{1}, c10::IValue());
}

// Numbers as bytes: x is about (byte − zero) · scale.
struct Rounded {
    Tensor bytes;
    double scale;
    int64_t zero;
};

#if CK_X86
Rounded rounded(const Tensor &given) {
    const auto x = given.is_non_overlapping_and_dense() ? given : given.contiguous();
    auto out = at::empty_strided(x.sizes(), x.strides(), x.options().dtype(at::kByte));
    const auto *from = static_cast<const vectors::Bits *>(x.const_data_ptr());
    auto *to = static_cast<uint8_t *>(out.mutable_data_ptr());
    constexpr int64_t block = 1 << 16;
    const int64_t count = x.numel(), blocks = (count + block - 1) / block;
    std::vector<std::pair<float, float>> ranges(blocks);
    parallel_for(0, blocks, 1, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; i++) ranges[i] = range(from + i * block, std::min(block, count - i * block));
    });
    float low = 0, high = 0;
    for (const auto &[least, most] : ranges) {
        low = std::min(low, least);
        high = std::max(high, most);
    }
    const double scale = std::max((static_cast<double>(high) - low) / 255, 1e-12);
    const auto zero = std::clamp<int64_t>(std::llround(-low / scale), 0, 255);
    parallel_for(0, blocks, 1, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; i++)
            narrow_row(from + i * block, static_cast<float>(1 / scale), static_cast<int32_t>(zero), to + i * block, std::min(block, count - i * block));
    });
    return {out, scale, zero};
}
#endif

c10::IValue single(const MaybeTensor &bias) { return bias ? c10::IValue(bias->to(at::kFloat)) : c10::IValue(); }

c10::List<std::optional<at::Scalar>> no_scalars() { return c10::List<std::optional<at::Scalar>>(); }

Tensor linear(const Tensor &x, const Tensor &weight, const Tensor &scale, const MaybeTensor &bias, const MaybeTensor &residual) {
#if CK_X86
    if (weight.is_mkldnn()) {
        TORCH_CHECK(x.scalar_type() == at::kBFloat16, "a linear map packed in bytes wants bf16, not ", x.scalar_type());
        const auto q = rounded(x);
        const auto zeros = at::zeros({scale.size(0)}, at::kInt);
        return plus(residual, call("onednn::qlinear_pointwise", q.bytes, q.scale, q.zero, weight, scale, zeros, single(bias), 1.0, int64_t{0},
                                   static_cast<int64_t>(at::kBFloat16), "none", no_scalars(), ""));
    }
#endif
    return plus(residual, at::linear(x, widened(weight, scale, x.scalar_type()), like(bias, x)));
}

Tensor convolution(const Tensor &x, const Tensor &weight, const Tensor &scale, const MaybeTensor &bias, int64_t stride, int64_t padding,
                   const MaybeTensor &residual) {
#if CK_X86
    if (weight.is_mkldnn()) {
        TORCH_CHECK(x.dim() == 4 && x.scalar_type() == at::kBFloat16, "a convolution packed in bytes wants bf16 of four axes, not ", x.scalar_type(), " ",
                    x.sizes());
        const auto q = rounded(x);
        const auto zeros = at::zeros({scale.size(0)}, at::kInt);
        return plus(residual, call("onednn::qconv_pointwise", q.bytes, q.scale, q.zero, weight, scale, zeros, single(bias), both(stride), both(padding),
                                   both(1), int64_t{1}, 1.0, int64_t{0}, static_cast<int64_t>(at::kBFloat16), "none", no_scalars(), c10::IValue()));
    }
#endif
    const std::array<int64_t, 2> around{padding, padding}, steps{stride, stride};
    return plus(residual, at::conv2d(x, widened(weight, scale, x.scalar_type()), like(bias, x), steps, around));
}

}  // namespace
}  // namespace darkroom::bytes

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("quantize_weight(Tensor weight) -> (Tensor, Tensor)", darkroom::bytes::quantize);
    library.def("int8_pack_linear(Tensor weight) -> Tensor", darkroom::bytes::pack_linear);
    library.def("int8_pack_convolution(Tensor weight, Tensor scale, int stride, int padding) -> Tensor", darkroom::bytes::pack_convolution);
    library.def("int8_linear(Tensor x, Tensor weight, Tensor scale, Tensor? bias, Tensor? residual) -> Tensor", darkroom::bytes::linear);
    library.def("int8_convolution(Tensor x, Tensor weight, Tensor scale, Tensor? bias, int stride, int padding, Tensor? residual) -> Tensor",
                darkroom::bytes::convolution);
}

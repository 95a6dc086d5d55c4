// Weights in a byte a number and one scale an output channel; what they multiply may be rounded to bytes too.
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <cmath>
#include <tuple>

#include "convolution.hpp"
#include "parallel.hpp"
#include "widened_linear.hpp"

#define CK_KERNELS "bytes.set.hpp"
#include "each_set.hpp"

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

// The weight as numbers of the type of what it multiplies.
Tensor as_numbers(const Tensor &weight, const Tensor &scale, at::ScalarType type) {
#if CK_X86
    if (ck_level_in_use() >= CK_AVX2 && type == at::kBFloat16 && weight.is_cpu() && weight.is_contiguous() && scale.is_contiguous()) {
        auto out = at::empty(weight.sizes(), weight.options().dtype(type));
        const int64_t row = weight.numel() / std::max<int64_t>(1, weight.size(0));
        const auto *from = static_cast<const int8_t *>(weight.const_data_ptr());
        const auto *scales = static_cast<const float *>(scale.const_data_ptr());
        auto *to = static_cast<Bits *>(out.mutable_data_ptr());
        const auto widen = CK_PICK(bytes::widen_row);
        parallel_for(0, weight.size(0), std::max<int64_t>(1, 65536 / std::max<int64_t>(1, row)), [&](int64_t first, int64_t last) {
            for (int64_t i = first; i < last; i++) widen(from + i * row, scales[i], to + i * row, row);
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
    return found && ck_level_in_use() >= CK_AVX512 && at::globalContext().userEnabledMkldnn();
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

// A weight from `quantize` in the layout of products of bytes, where `inputs` are rounded too and oneDNN multiplies them; of products in
// single precision where these are fastest; itself elsewhere.
Tensor pack_linear(const Tensor &weight, bool inputs) {
    TORCH_CHECK(weight.dim() == 2 && weight.scalar_type() == at::kChar, "bytes [out, in] are packed, not ", weight.scalar_type(), " ", weight.sizes());
    if (inputs && multiplies_bytes() && weight.is_cpu()) return call("onednn::qlinear_prepack", weight, c10::IValue());
    return widened::gains_by_bytes(weight) ? widened::packed_bytes(weight) : weight;
}

Tensor pack_convolution(const Tensor &weight, const Tensor &scale, int64_t stride, int64_t padding, bool inputs) {
    TORCH_CHECK(weight.dim() == 4 && weight.scalar_type() == at::kChar, "bytes of four axes are packed, not ", weight.scalar_type(), " ", weight.sizes());
    if (inputs && multiplies_bytes() && weight.is_cpu()) {
        return call("onednn::qconv_prepack", weight, scale, 1.0, int64_t{128}, both(stride), both(padding), both(1), int64_t{1}, c10::IValue());
    }
    if (stride == 1 && padding == 1 && winograd::gains_by_bytes(weight)) return winograd::packed_bytes(weight);
    const bool is_map = weight.size(2) == 1 && weight.size(3) == 1 && stride == 1 && padding == 0;
    return is_map && widened::gains_by_bytes(weight.flatten(1)) ? widened::packed_bytes(weight.flatten(1)) : weight;
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
    const auto *from = static_cast<const Bits *>(x.const_data_ptr());
    auto *to = static_cast<uint8_t *>(out.mutable_data_ptr());
    constexpr int64_t block = 1 << 16;
    const int64_t count = x.numel(), blocks = (count + block - 1) / block;
    const auto range = CK_PICK(bytes::range);
    const auto narrow = CK_PICK(bytes::narrow_row);
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
            narrow(from + i * block, static_cast<float>(1 / scale), static_cast<int32_t>(zero), to + i * block, std::min(block, count - i * block));
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
    if (widened::is_packed(weight)) return plus(residual, widened::linear_of_bytes(x, weight, scale, bias));
    return plus(residual, at::linear(x, as_numbers(weight, scale, x.scalar_type()), like(bias, x)));
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
    if (winograd::is_packed(weight)) return plus(residual, winograd::convolve_bytes(x, weight, scale, bias));
    if (widened::is_packed(weight)) {
        TORCH_CHECK(x.dim() == 4, "a convolution wants four axes, not ", x.sizes());
        return plus(residual, widened::linear_of_bytes(x.permute({0, 2, 3, 1}), weight, scale, bias).permute({0, 3, 1, 2}));
    }
    return plus(residual, winograd::convolution(x, as_numbers(weight, scale, x.scalar_type()), like(bias, x), stride, padding, 1));
}

}  // namespace
}  // namespace darkroom::bytes

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("quantize_weight(Tensor weight) -> (Tensor, Tensor)", darkroom::bytes::quantize);
    library.def("int8_pack_linear(Tensor weight, bool inputs) -> Tensor", darkroom::bytes::pack_linear);
    library.def("int8_pack_convolution(Tensor weight, Tensor scale, int stride, int padding, bool inputs) -> Tensor", darkroom::bytes::pack_convolution);
    library.def("int8_linear(Tensor x, Tensor weight, Tensor scale, Tensor? bias, Tensor? residual) -> Tensor", darkroom::bytes::linear);
    library.def("int8_convolution(Tensor x, Tensor weight, Tensor scale, Tensor? bias, int stride, int padding, Tensor? residual) -> Tensor",
                darkroom::bytes::convolution);
}

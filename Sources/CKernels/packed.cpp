// Weights in the layout that products like best, oneDNN's or our own: packed once when a model is loaded, instead of in every call.
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <array>

#include "convolution.hpp"
#include "processor.hpp"
#include "widened_linear.hpp"

namespace darkroom::packed {
namespace {

using at::Tensor;
using Ints = at::IntArrayRef;
using MaybeTensor = std::optional<Tensor>;
using MaybeText = std::optional<std::string_view>;
using Scalars = c10::List<std::optional<at::Scalar>>;

template <class Signature> auto find(const char *name, const char *overload = "") {
    return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

// A build of libtorch without oneDNN has none of these operators.
bool has_onednn() {
    static const bool found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""}).has_value();
    return found && at::globalContext().userEnabledMkldnn();
}

bool can_pack(const Tensor &weight) {
    return ck_level_in_use() >= CK_AVX512 && weight.device().is_cpu() && weight.scalar_type() == at::kBFloat16 &&
           weight.layout() == at::kStrided && weight.numel() > 0 && has_onednn();
}

// The order of the sums of libtorch's products depends on where their operands begin: what lies in a mapped file begins anywhere, and the
// same weights from another file would not give the same bits.
Tensor aligned(const Tensor &weight) {
    const bool begins_anywhere = weight.is_cpu() && weight.layout() == at::kStrided && reinterpret_cast<uintptr_t>(weight.const_data_ptr()) % 64 != 0;
    return begins_anywhere ? weight.clone() : weight;
}

// The same numbers at a place of their own, or the same tensor, where nothing can be packed.
Tensor pack_linear(const Tensor &weight) {
    TORCH_CHECK(weight.dim() == 2, "a linear map's weight has two axes, not ", weight.dim());
    if (widened::gains(weight)) return widened::packed(weight);
    if (!can_pack(weight)) return aligned(weight);
    static const auto reorder = find<Tensor(const Tensor &, std::optional<int64_t>)>("mkldnn::_reorder_linear_weight");
    return reorder.call(weight, 1024);  // the layout follows from the weight; the number of rows is a hint
}

Tensor pack_convolution(const Tensor &weight, int64_t stride, int64_t padding) {
    TORCH_CHECK(weight.dim() == 4, "a convolution's weight has four axes, not ", weight.dim());
    if (stride == 1 && padding == 1 && winograd::gains(weight)) return winograd::packed(weight);
    const bool is_map = weight.size(2) == 1 && weight.size(3) == 1 && stride == 1 && padding == 0;
    if (is_map && widened::gains(weight.flatten(1))) return pack_linear(weight.flatten(1));
    if (!can_pack(weight)) return weight;
    // For small pictures oneDNN would lay out kernels of one pixel otherwise than for large ones, slowly and in every call. As a map of
    // tokens they have one layout.
    if (is_map) return pack_linear(weight.flatten(1));
    static const auto reorder = find<Tensor(const Tensor &, Ints, Ints, Ints, int64_t, at::OptionalIntArrayRef)>("mkldnn::_reorder_convolution_weight");
    const std::array<int64_t, 2> around{padding, padding}, steps{stride, stride}, dense{1, 1};
    const std::array<int64_t, 4> size{2, weight.size(1), 32, 32};
    return reorder.call(weight, around, steps, dense, 1, Ints(size));
}

// A pass of its own: measured, oneDNN's fused addition costs more, most of all in convolutions.
Tensor with(const MaybeTensor &residual, Tensor y) {
    if (!residual) return y;
    TORCH_CHECK(residual->sizes() == y.sizes() && residual->scalar_type() == y.scalar_type(), "the residual is ", residual->scalar_type(), " ",
                residual->sizes(), ", the result ", y.scalar_type(), " ", y.sizes());
    return y.add_(*residual);
}

Tensor linear(const Tensor &x, const Tensor &weight, const MaybeTensor &bias, const MaybeTensor &residual) {
    if (widened::is_packed(weight)) return with(residual, widened::linear(x, weight, bias));
    if (!weight.is_mkldnn()) return with(residual, at::linear(x, weight, bias));
    TORCH_CHECK(x.scalar_type() == at::kBFloat16 && x.size(-1) == weight.size(1), "a packed linear map of ", weight.sizes(),
                " wants bf16 [..., ", weight.size(1), "], not ", x.scalar_type(), " ", x.sizes());
    static const auto plain =
        find<Tensor(const Tensor &, const Tensor &, const MaybeTensor &, std::string_view, Scalars, MaybeText)>("mkldnn::_linear_pointwise");
    return with(residual, plain.call(x, weight, bias, "none", Scalars(), std::nullopt));
}

Tensor convolution(const Tensor &x, const Tensor &weight, const MaybeTensor &bias, int64_t stride, int64_t padding, const MaybeTensor &residual) {
    if (winograd::is_packed(weight)) return with(residual, winograd::convolve(x, weight, bias));
    const std::array<int64_t, 2> around{padding, padding}, steps{stride, stride}, dense{1, 1};
    if (weight.dim() == 4 && !weight.is_mkldnn()) return with(residual, winograd::convolution(x, weight, bias, stride, padding, 1));
    TORCH_CHECK(x.dim() == 4 && x.scalar_type() == weight.scalar_type() && x.size(1) == weight.size(1), "a packed convolution of ", weight.sizes(),
                " wants ", weight.scalar_type(), " [batch, ", weight.size(1), ", height, width], not ", x.scalar_type(), " ", x.sizes());
    if (weight.dim() < 4) return with(residual, linear(x.permute({0, 2, 3, 1}), weight, bias, std::nullopt).permute({0, 3, 1, 2}));
    static const auto plain = find<Tensor(const Tensor &, const Tensor &, const MaybeTensor &, Ints, Ints, Ints, int64_t, std::string_view, Scalars,
                                          MaybeText)>("mkldnn::_convolution_pointwise");
    return with(residual, plain.call(x, weight, bias, around, steps, dense, 1, "none", Scalars(), std::nullopt));
}

}  // namespace
}  // namespace darkroom::packed

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("pack_linear_weight(Tensor weight) -> Tensor", darkroom::packed::pack_linear);
    library.def("pack_convolution_weight(Tensor weight, int stride, int padding) -> Tensor", darkroom::packed::pack_convolution);
    library.def("packed_linear(Tensor x, Tensor weight, Tensor? bias, Tensor? residual) -> Tensor", darkroom::packed::linear);
    library.def("packed_convolution(Tensor x, Tensor weight, Tensor? bias, int stride, int padding, Tensor? residual) -> Tensor",
                darkroom::packed::convolution);
}

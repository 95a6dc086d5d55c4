// darkroom::layer_norm: the last axis normalised, scaled and shifted, then modulated and activated where asked: one pass
// over the memory forwards, one backwards, which makes everything again from the input.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "layer_norm.set.hpp"
#include "each_set.hpp"

namespace darkroom::layer_norm {
namespace {

using MaybeTensor = std::optional<at::Tensor>;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

at::Tensor stock(const at::Tensor &x, const MaybeTensor &weight, const MaybeTensor &bias, double epsilon, const MaybeTensor &modulation, bool silu) {
    auto out = at::layer_norm(x, {x.size(-1)}, weight ? *weight : at::Tensor(), bias ? *bias : at::Tensor(), epsilon);
    if (modulation) {
        auto shape = std::vector<int64_t>(static_cast<size_t>(x.dim()), 1);
        shape.front() = x.size(0);
        shape.back() = x.size(-1);
        const auto parts = modulation->chunk(2, 1);
        out = at::add(at::mul(out, at::add(parts[0].reshape(shape), 1)), parts[1].reshape(shape));
    }
    return silu ? at::silu(out) : out;
}

#if CK_X86
struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, double epsilon,
                              const MaybeTensor &modulation, bool silu) {
        context->save_for_backward({x, weight, bias, modulation ? *modulation : at::Tensor()});
        context->saved_data["epsilon"] = epsilon;
        context->saved_data["silu"] = silu;
        return CK_CALL_FOR(x, layer_norm::forwards, x, weight, bias, epsilon, modulation, silu);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "the fused layer norm can be differentiated once only; limit the processor's level to differentiate twice");
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0];
        const MaybeTensor modulation = saved[3].defined() ? MaybeTensor(saved[3]) : std::nullopt;
        const double epsilon = context->saved_data["epsilon"].toDouble();
        const bool silu = context->saved_data["silu"].toBool();
        auto result = CK_CALL_FOR(x, layer_norm::backwards, x, saved[1], saved[2], epsilon, modulation, silu, gradients[0]);
        return {result[0], result[1], result[2], Variable(), result[3], Variable()};
    }
};

bool fits(const at::Tensor &x, const MaybeTensor &weight, const MaybeTensor &bias, const MaybeTensor &modulation) {
    if (ck_level_in_use() < CK_AVX2 || !plain(x) || !is_short_or_single(x) || x.numel() == 0) return false;
    const int64_t width = x.size(-1);
    if (!weight || !plain_parameter(*weight, width) || !bias || !plain_parameter(*bias, width)) return false;
    return !modulation || (plain(*modulation) && modulation->scalar_type() == x.scalar_type() && modulation->is_contiguous());
}
#endif

at::Tensor layer_norm(const at::Tensor &x, const MaybeTensor &weight, const MaybeTensor &bias, double epsilon, const MaybeTensor &modulation,
                      bool silu) {
    TORCH_CHECK(x.dim() >= 1, "layer norm wants at least one axis");
    TORCH_CHECK(!modulation || (x.dim() >= 2 && modulation->dim() == 2 && modulation->size(0) == x.size(0) && modulation->size(1) == 2 * x.size(-1)),
                "layer norm: a modulation has a scale and a shift for each channel of each sample");
#if CK_X86
    if (fits(x, weight, bias, modulation)) {
        const bool records = wants_gradient(x) || wants_gradient(*weight) || wants_gradient(*bias) || (modulation && wants_gradient(*modulation));
        if (records) return Function::apply(x, *weight, *bias, epsilon, modulation, silu);
        return CK_CALL_FOR(x, layer_norm::forwards, x, *weight, *bias, epsilon, modulation, silu);
    }
#endif
    return stock(x, weight, bias, epsilon, modulation, silu);
}

}  // namespace
}  // namespace darkroom::layer_norm

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("layer_norm(Tensor x, Tensor? weight, Tensor? bias, float epsilon, Tensor? modulation=None, bool silu=False) -> Tensor",
                darkroom::layer_norm::layer_norm);
}

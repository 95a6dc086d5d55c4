// darkroom::layer_norm: the last axis normalised, scaled and shifted, then modulated and activated where asked: one pass
// over the memory forwards, one backwards, which makes everything again from the input.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "layer_norm_rows.hpp"
#include "parallel.hpp"
#include "usable.hpp"

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
// Rows that are summed up together backwards: a sample's where it is modulated, so that sums do not depend on threads.
int64_t rows_a_part(const at::Tensor &x, bool is_modulated) {
    const int64_t rows = x.numel() / x.size(-1);
    return is_modulated ? rows / x.size(0) : std::min<int64_t>(rows, 256);
}

template <class T> T *data(const at::Tensor &x) { return const_cast<T *>(static_cast<const T *>(x.const_data_ptr())); }

template <class T>
Problem<T> problem(const at::Tensor &dense, const std::vector<float> &weight, const std::vector<float> &bias, double epsilon,
                   const MaybeTensor &modulation, bool silu) {
    return {data<T>(dense), weight.data(), bias.data(), modulation ? data<T>(*modulation) : nullptr, dense.numel() / dense.size(-1),
            dense.size(-1), rows_a_part(dense, modulation.has_value()), static_cast<float>(epsilon), silu};
}

template <class T>
at::Tensor forwards(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &modulation, bool silu) {
    const auto dense = x.contiguous();
    auto out = at::empty_like(dense);
    const auto scale = numbers(weight), shift = numbers(bias);
    const auto p = problem<T>(dense, scale, shift, epsilon, modulation, silu);
    auto *to = static_cast<T *>(out.mutable_data_ptr());
    parallel_for(0, p.rows, std::max<int64_t>(1, 32768 / p.width), [&](int64_t first, int64_t last) { apply(p, first, last, to); });
    return out;
}

template <class T>
variable_list backwards(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &modulation,
                        bool silu, const at::Tensor &gradient) {
    const auto dense = x.contiguous(), above = gradient.contiguous();
    auto below = at::empty_like(dense);
    const auto scale = numbers(weight), shift = numbers(bias);
    const auto p = problem<T>(dense, scale, shift, epsilon, modulation, silu);
    const int64_t parts = (p.rows + p.part - 1) / p.part;
    const auto sums = at::zeros({parts, 4, p.width}, at::kFloat);  // weight, bias, scale, shift
    parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
        const auto room = at::empty({2, p.width}, at::kFloat);
        for (int64_t i = first; i < last; i++) {
            differentiate(p, i, data<T>(above), static_cast<T *>(below.mutable_data_ptr()), data<float>(sums) + i * 4 * p.width, data<float>(room));
        }
    });
    const auto whole = sums.narrow(1, 0, 2).sum(0, false, at::kDouble);
    return {below, whole.select(0, 0).to(weight.scalar_type()), whole.select(0, 1).to(bias.scalar_type()),
            modulation ? sums.narrow(1, 2, 2).flatten(1).to(modulation->scalar_type()) : at::Tensor()};
}

struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, double epsilon,
                              const MaybeTensor &modulation, bool silu) {
        context->save_for_backward({x, weight, bias, modulation ? *modulation : at::Tensor()});
        context->saved_data["epsilon"] = epsilon;
        context->saved_data["silu"] = silu;
        return x.scalar_type() == at::kFloat ? forwards<float>(x, weight, bias, epsilon, modulation, silu)
                                             : forwards<vectors::Bits>(x, weight, bias, epsilon, modulation, silu);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "the fused layer norm can be differentiated once only; limit the processor's level to differentiate twice");
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0];
        const MaybeTensor modulation = saved[3].defined() ? MaybeTensor(saved[3]) : std::nullopt;
        const double epsilon = context->saved_data["epsilon"].toDouble();
        const bool silu = context->saved_data["silu"].toBool();
        auto result = x.scalar_type() == at::kFloat ? backwards<float>(x, saved[1], saved[2], epsilon, modulation, silu, gradients[0])
                                                    : backwards<vectors::Bits>(x, saved[1], saved[2], epsilon, modulation, silu, gradients[0]);
        return {result[0], result[1], result[2], Variable(), result[3], Variable()};
    }
};

bool fits(const at::Tensor &x, const MaybeTensor &weight, const MaybeTensor &bias, const MaybeTensor &modulation) {
    if (ck_level_in_use() < CK_VECTORS || !plain(x) || !is_short_or_single(x) || x.numel() == 0) return false;
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
        return x.scalar_type() == at::kFloat ? forwards<float>(x, *weight, *bias, epsilon, modulation, silu)
                                             : forwards<vectors::Bits>(x, *weight, *bias, epsilon, modulation, silu);
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

// darkroom::adamw_: one update of AdamW in one pass over the memory, gradients shortened on the way.
//
// Source: Loshchilov and Hutter 2019, Algorithm 2.
#include <ATen/Functions.h>
#include <torch/library.h>

#include <cmath>

#include "parallel.hpp"
#include "usable.hpp"

namespace darkroom::adamw {
namespace {
struct Update {
    double gradient_factor, learning_rate, beta1, beta2, weight_decay, epsilon;
    int64_t step;
};
}  // namespace
}  // namespace darkroom::adamw

#define CK_KERNELS "adamw.set.hpp"
#include "each_set.hpp"

namespace darkroom::adamw {
namespace {

void stock(at::TensorList parameters, at::TensorList gradients, at::TensorList averages, at::TensorList squares, const Update &u) {
    if (parameters.empty()) return;
    if (u.gradient_factor != 1) at::_foreach_mul_(gradients, u.gradient_factor);
    const std::vector<at::Tensor> steps(parameters.size(), at::full({}, static_cast<double>(u.step), parameters[0].options().dtype(at::kFloat)));
    at::_fused_adamw_(parameters, gradients, averages, squares, {}, steps, u.learning_rate, u.beta1, u.beta2, u.weight_decay, u.epsilon, false, false);
}

#if CK_X86
bool fits(at::TensorList parameters, at::TensorList averages, at::TensorList squares) {
    if (ck_level_in_use() < CK_AVX2) return false;
    for (size_t i = 0; i < parameters.size(); i++) {
        const auto &x = parameters[i];
        if (!x.is_non_overlapping_and_dense()) return false;
        for (const auto *y : {&x, &averages[i], &squares[i]}) {
            if (!plain(*y) || y->scalar_type() != at::kFloat || y->strides() != x.strides()) return false;
        }
    }
    return true;
}
#endif

void adamw(at::TensorList parameters, at::TensorList gradients, at::TensorList averages, at::TensorList squares, double gradient_factor,
           double learning_rate, double beta1, double beta2, double weight_decay, double epsilon, int64_t step) {
    TORCH_CHECK(gradients.size() == parameters.size() && averages.size() == parameters.size() && squares.size() == parameters.size(),
                "AdamW wants a gradient and two averages for each parameter");
    for (size_t i = 0; i < parameters.size(); i++) {
        TORCH_CHECK(gradients[i].sizes() == parameters[i].sizes() && averages[i].sizes() == parameters[i].sizes() &&
                        squares[i].sizes() == parameters[i].sizes(),
                    "AdamW wants gradients and averages shaped as their parameters");
    }
    const c10::NoGradGuard nothing_recorded;
    const Update update{gradient_factor, learning_rate, beta1, beta2, weight_decay, epsilon, step};
#if CK_X86
    if (fits(parameters, averages, squares)) {
        const auto apply = CK_PICK(adamw::apply);
        for (size_t i = 0; i < parameters.size(); i++) {
            const auto &x = parameters[i];
            // Where a gradient lies differently in memory, or in another type, it is laid out anew.
            const auto &given = gradients[i];
            const bool lies_alike = plain(given) && given.scalar_type() == at::kFloat && given.strides() == x.strides();
            const auto gradient = lies_alike ? given : at::empty_like(x).copy_(given);
            auto *to = static_cast<float *>(x.mutable_data_ptr()), *average = static_cast<float *>(averages[i].mutable_data_ptr()),
                 *square = static_cast<float *>(squares[i].mutable_data_ptr());
            const auto *slope = static_cast<const float *>(gradient.const_data_ptr());
            parallel_for(0, x.numel(), 16384, [&](int64_t first, int64_t last) {
                apply(update, to + first, slope + first, average + first, square + first, last - first);
            });
            x.unsafeGetTensorImpl()->bump_version();
        }
        return;
    }
#endif
    stock(parameters, gradients, averages, squares, update);
}

}  // namespace
}  // namespace darkroom::adamw

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def(
        "adamw_(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] averages, Tensor(c!)[] squared_averages, float gradient_factor, "
        "float learning_rate, float beta1, float beta2, float weight_decay, float epsilon, int step) -> ()",
        darkroom::adamw::adamw);
}

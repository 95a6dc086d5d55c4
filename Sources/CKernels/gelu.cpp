// darkroom::tanh_gelu: GELU by its tanh approximation, x · sigmoid(2u), u = √(2/π) · (x + 0.044715 x³), one pass each way.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "gelu.set.hpp"
#include "each_set.hpp"

namespace darkroom::gelu {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if CK_X86
struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x) {
        context->save_for_backward({x});
        return CK_CALL_FOR(x, gelu::forwards, x);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "the fused GELU can be differentiated once only; limit the processor's level to differentiate twice");
        const auto x = context->get_saved_variables()[0];
        return {CK_CALL_FOR(x, gelu::backwards, x, gradients[0])};
    }
};
#endif

at::Tensor tanh_gelu(const at::Tensor &x) {
#if CK_X86
    if (ck_level_in_use() >= CK_AVX2 && plain(x) && is_short_or_single(x) && x.is_non_overlapping_and_dense() && x.numel() > 0) {
        if (wants_gradient(x)) return Function::apply(x);
        return CK_CALL_FOR(x, gelu::forwards, x);
    }
#endif
    return at::gelu(x, "tanh");
}

}  // namespace
}  // namespace darkroom::gelu

TORCH_LIBRARY_FRAGMENT(darkroom, library) { library.def("tanh_gelu(Tensor x) -> Tensor", darkroom::gelu::tanh_gelu); }

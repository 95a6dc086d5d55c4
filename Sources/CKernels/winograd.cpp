// darkroom::convolution: a 3 × 3 convolution by Winograd's filtering with its gradients, where channels and processor allow it;
// libtorch's convolution elsewhere.
#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "convolution.hpp"
#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "winograd.set.hpp"
#include "each_set.hpp"

namespace darkroom::winograd {
namespace {

using MaybeTensor = std::optional<at::Tensor>;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if CK_X86
struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias) {
        context->save_for_backward({x, weight});
        context->saved_data["has_bias"] = bias.has_value();
        return CK_CALL(winograd::convolve<float>, x, weight, bias);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "this convolution can be differentiated once only; limit the processor's level to differentiate twice");
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &weight = saved[1], &slopes = gradients[0];
        variable_list result(3);
        if (context->needs_input_grad(0)) result[0] = CK_CALL(winograd::slopes_of_pixels, slopes, weight);
        if (context->needs_input_grad(1)) result[1] = CK_CALL(winograd::slopes_of_kernels, x, slopes);
        if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) result[2] = slopes.sum(at::IntArrayRef{0, 2, 3});
        return result;
    }
};

bool packs(const at::Tensor &weight) {
    return ck_level_in_use() >= CK_AVX2 && plain(weight) && weight.dim() == 4 && weight.numel() > 0 && weight.size(2) == 3 &&
           weight.size(3) == 3 && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0;
}

at::Tensor single(const at::Tensor &x) { return x.to(at::kFloat); }

bool fits(const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias) {
    return x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat && plain(x) && x.numel() > 0 && x.dim() == 4 && packs(weight) &&
           x.size(1) == weight.size(1) && !at::autocast::is_autocast_enabled(at::kCPU) && (!bias || plain_parameter(*bias, weight.size(0)));
}

void check(const at::Tensor &x, const at::Tensor &packed, at::ScalarType type, const MaybeTensor &bias) {
    TORCH_CHECK(x.dim() == 4 && x.scalar_type() == type && x.size(1) == packed.size(1), "a packed convolution of ", packed.sizes(), " wants ", type,
                " [batch, ", packed.size(1), ", height, width], not ", x.scalar_type(), " ", x.sizes());
    TORCH_CHECK(!bias || plain_parameter(*bias, packed.size(0) * 16), "the bias of a packed convolution of ", packed.sizes(),
                " is one number for each result");
}
#endif

}  // namespace

at::Tensor convolution(const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias, int64_t stride, int64_t padding, int64_t groups) {
#if CK_X86
    if (stride == 1 && padding == 1 && groups == 1 && fits(x, weight, bias)) {
        if (wants_gradient(x) || wants_gradient(weight) || (bias && wants_gradient(*bias))) return Function::apply(x, weight, bias);
        return CK_CALL(winograd::convolve<float>, x, weight, bias);
    }
    // libtorch has no fast convolution of bf16 for processors without its products; autocast would ask for one.
    if (ck_level_in_use() == CK_AVX2 && weight.scalar_type() == at::kBFloat16 && plain(x)) {
        const c10::impl::ExcludeDispatchKeyGuard as_it_is(c10::autocast_dispatch_keyset);
        return at::conv2d(single(x), single(weight), bias ? MaybeTensor(single(*bias)) : bias, stride, padding, 1, groups).to(at::kBFloat16);
    }
#endif
    return at::conv2d(x, weight, bias, stride, padding, 1, groups);
}

#if CK_X86
bool gains(const at::Tensor &weight) { return weight.scalar_type() == at::kBFloat16 && packs(weight) && ck_multiplies_in_single(); }
at::Tensor packed(const at::Tensor &weight) { return CK_CALL(winograd::packed<Bits>, weight); }
bool is_packed(const at::Tensor &weight) { return weight.dim() == 5; }

at::Tensor convolve(const at::Tensor &x, const at::Tensor &packed, const MaybeTensor &bias) {
    check(x, packed, at::kBFloat16, bias);
    if (x.numel() == 0) return at::empty({x.size(0), packed.size(0) * 16, x.size(2), x.size(3)}, x.options());
    return CK_CALL(winograd::convolve<Bits>, x, packed, bias);
}

bool gains_by_bytes(const at::Tensor &weight) { return packs(weight) && ck_multiplies_in_single(); }
at::Tensor packed_bytes(const at::Tensor &weight) {
    return weight.reshape({weight.size(0) / 16, 16, weight.size(1), 3, 3}).permute({0, 2, 3, 4, 1}).contiguous();
}
at::Tensor convolve_bytes(const at::Tensor &x, const at::Tensor &packed, const at::Tensor &scale, const MaybeTensor &bias) {
    check(x, packed, is_short_or_single(x) ? x.scalar_type() : at::kBFloat16, bias);
    if (x.numel() == 0) return at::empty({x.size(0), packed.size(0) * 16, x.size(2), x.size(3)}, x.options());
    return CK_CALL_FOR(x, winograd::convolve_bytes, x, packed, scale, bias);
}
#else
bool gains_by_bytes(const at::Tensor &) { return false; }
at::Tensor packed_bytes(const at::Tensor &weight) { return weight; }
at::Tensor convolve_bytes(const at::Tensor &, const at::Tensor &, const at::Tensor &, const MaybeTensor &) {
    TORCH_CHECK(false, "bytes are not packed on this processor");
}
bool gains(const at::Tensor &) { return false; }
at::Tensor packed(const at::Tensor &weight) { return weight; }
bool is_packed(const at::Tensor &) { return false; }
at::Tensor convolve(const at::Tensor &, const at::Tensor &, const MaybeTensor &) { TORCH_CHECK(false, "kernels are not packed on this processor"); }
#endif

}  // namespace darkroom::winograd

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("convolution(Tensor x, Tensor weight, Tensor? bias, int stride, int padding, int groups) -> Tensor", darkroom::winograd::convolution);
}

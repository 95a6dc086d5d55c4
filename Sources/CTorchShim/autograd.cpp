// Gradients and the thread-local modes.
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <memory>

#include "guard.hpp"

using darkroom::guarded;

struct CTScope {
    std::unique_ptr<c10::AutoGradMode> gradient;
    std::unique_ptr<c10::InferenceMode> inference;
    bool autocast = false;
    bool was_enabled = false;
    at::ScalarType was_dtype = at::kFloat;
    c10::DeviceType device = at::kCPU;
};

namespace darkroom {

// Casts of weights are kept until the outermost scope ends, whatever type they were cast to: a scope of another type
// inside must not find them.
static void set_autocast_dtype(c10::DeviceType device, at::ScalarType dtype) {
    if (at::autocast::get_autocast_dtype(device) != dtype) at::autocast::clear_cache();
    at::autocast::set_autocast_dtype(device, dtype);
}

CTScope *enter_autocast(c10::DeviceType device, at::ScalarType dtype, bool enabled) {
    auto scope = std::make_unique<CTScope>();
    scope->autocast = true;
    scope->device = device;
    scope->was_enabled = at::autocast::is_autocast_enabled(device);
    scope->was_dtype = at::autocast::get_autocast_dtype(device);
    set_autocast_dtype(device, dtype);
    at::autocast::set_autocast_enabled(device, enabled);
    at::autocast::increment_nesting();
    return scope.release();
}

}  // namespace darkroom

int ct_set_requires_gradient(CTTensor *tensor, int flag, CTError *error) {
    return guarded<int>(error, -1, [&] {
        tensor->value.set_requires_grad(flag != 0);
        return 0;
    });
}
int ct_requires_gradient(const CTTensor *tensor) { return tensor->value.requires_grad(); }

int ct_backward(const CTTensor *loss, CTError *error) {
    return guarded<int>(error, -1, [&] {
        loss->value.backward();
        return 0;
    });
}
CTTensor *ct_gradient(const CTTensor *tensor) {
    const auto &gradient = tensor->value.grad();
    return gradient.defined() ? darkroom::own(gradient) : nullptr;
}
void ct_clear_gradient(CTTensor *tensor) { tensor->value.mutable_grad().reset(); }

CTScope *ct_no_gradient_enter(void) {
    auto *scope = new CTScope;
    scope->gradient = std::make_unique<c10::AutoGradMode>(false);
    return scope;
}
CTScope *ct_inference_enter(void) {
    auto *scope = new CTScope;
    scope->inference = std::make_unique<c10::InferenceMode>(true);
    return scope;
}
CTScope *ct_autocast_enter(int32_t device_type, int32_t dtype, CTError *error) {
    return guarded<CTScope *>(error, nullptr, [&] {
        return darkroom::enter_autocast(static_cast<c10::DeviceType>(device_type), static_cast<at::ScalarType>(dtype),
                                        true);
    });
}
void ct_scope_leave(CTScope *scope) {
    if (scope->autocast) {
        if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
        at::autocast::set_autocast_enabled(scope->device, scope->was_enabled);
        darkroom::set_autocast_dtype(scope->device, scope->was_dtype);
    }
    delete scope;
}

// Activations that are computed again in the backward pass, in place of being kept.
//
// Source: Chen et al. 2016 (arXiv 1604.06174); the way PyTorch's reentrant checkpoint has it: the second run records a small
// graph of its own, whose backward pass adds to the gradients of the parameters in it.
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "guard.hpp"

using darkroom::guarded;
using torch::autograd::variable_list;

namespace {

// A body of somebody else's, who is told when nobody will call it any more.
class Body {
public:
    Body(CTBody body, void *context, void (*release)(void *)) : body_(body), context_(context), release_(release) {}
    ~Body() { release_(context_); }
    Body(const Body &) = delete;
    Body &operator=(const Body &) = delete;

    at::Tensor operator()(const variable_list &inputs) const {
        std::vector<CTTensor *> handles;
        handles.reserve(inputs.size());
        for (const auto &input : inputs) handles.push_back(darkroom::own(input));
        CTError error{CT_OK, nullptr};
        CTTensor *result = body_(context_, handles.data(), static_cast<int64_t>(handles.size()), &error);
        if (!result) {
            std::string message = error.message ? error.message : "a checkpoint's body gave no reason";
            ct_error_free(&error);
            throw std::runtime_error(message);
        }
        at::Tensor value = result->value;
        ct_tensor_free(result);
        return value;
    }

private:
    CTBody body_;
    void *context_;
    void (*release_)(void *);
};

struct LeaveScope {
    void operator()(CTScope *scope) const { ct_scope_leave(scope); }
};

// The thread's autocast state for one kind of device, to be entered again.
struct AutocastState {
    c10::DeviceType device;
    bool enabled;
    at::ScalarType dtype;

    explicit AutocastState(c10::DeviceType device)
        : device(device),
          enabled(at::autocast::is_autocast_enabled(device)),
          dtype(at::autocast::get_autocast_dtype(device)) {}

    std::unique_ptr<CTScope, LeaveScope> enter() const {
        return std::unique_ptr<CTScope, LeaveScope>(darkroom::enter_autocast(device, dtype, enabled));
    }
};

// While it lives, casts are made anew: those made without gradients must not be found later by what learns.
struct WithoutCastCache {
    bool was = at::autocast::is_autocast_cache_enabled();
    WithoutCastCache() { at::autocast::set_autocast_cache_enabled(false); }
    ~WithoutCastCache() { at::autocast::set_autocast_cache_enabled(was); }
};

variable_list leaves_of(const variable_list &inputs) {
    variable_list leaves;
    leaves.reserve(inputs.size());
    for (const auto &input : inputs) {
        leaves.push_back(input.detach());
        leaves.back().set_requires_grad(input.requires_grad());
    }
    return leaves;
}

struct Recompute : torch::autograd::Node {
    std::shared_ptr<Body> body;
    variable_list inputs;
    AutocastState autocast;

    Recompute(std::shared_ptr<Body> body, const variable_list &inputs, AutocastState autocast)
        : Node(torch::autograd::collect_next_edges(inputs)),
          body(std::move(body)),
          inputs(leaves_of(inputs)),
          autocast(autocast) {}

    std::string name() const override { return "DarkroomRecompute"; }

    variable_list apply(variable_list &&gradients) override {
        TORCH_CHECK(body, "a checkpoint's backward pass was asked for twice");
        variable_list results(inputs.size());
        if (!gradients[0].defined()) return results;
        auto leaves = leaves_of(inputs);
        at::Tensor output;
        {
            c10::AutoGradMode recording(true);
            auto scope = autocast.enter();
            // The inputs are leaves here: cast once for several uses, their gradients would be summed in the lower type.
            WithoutCastCache anew;
            output = (*body)(leaves);
        }
        if (output.requires_grad()) {
            c10::AutoGradMode recording(false);
            torch::autograd::backward({output}, {gradients[0]}, false);
        }
        for (size_t index = 0; index < leaves.size(); ++index) results[index] = leaves[index].grad();
        return results;
    }

    void release_variables() override {
        body.reset();
        inputs.clear();
    }
};

}  // namespace

CTTensor *ct_checkpoint(CTBody body, void *context, void (*release)(void *), const CTTensor *const *inputs,
                        int64_t count, CTError *error) {
    return guarded<CTTensor *>(error, nullptr, [&] {
        auto shared = std::make_shared<Body>(body, context, release);
        variable_list given;
        bool learns = false;
        for (int64_t index = 0; index < count; ++index) {
            given.push_back(inputs[index]->value);
            learns = learns || given.back().requires_grad();
        }
        if (!c10::GradMode::is_enabled() || !learns) return darkroom::own((*shared)(given));
        AutocastState autocast(given[0].device().type());
        at::Tensor output;
        {
            c10::AutoGradMode recording(false);
            WithoutCastCache anew;
            output = (*shared)(leaves_of(given));
        }
        // Neither a view nor one of the inputs as far as autograd is concerned; the numbers stay where they are.
        output = output.variable_data();
        std::shared_ptr<Recompute> node(new Recompute(std::move(shared), given, autocast),
                                        torch::autograd::deleteNode);
        torch::autograd::set_history(output, node);
        return darkroom::own(output);
    });
}

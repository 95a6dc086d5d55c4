// darkroom::normed_attention: attention of every head with normalised queries and keys, straight from the projections, with
// its gradient; for the short sequences of a network that learns. Longer ones take libtorch's operators.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "parallel.hpp"
#include "usable.hpp"

namespace darkroom::normed_attention {
namespace {
using MaybeTensor = std::optional<at::Tensor>;

// Query, key, value; the weights and biases of the queries' and the keys' norm; the bias of the scores.
struct Inputs {
    at::Tensor query, key, value, query_weight, query_bias, key_weight, key_bias;
    MaybeTensor bias;
    int64_t heads;
    double epsilon;

    std::vector<at::Tensor> tensors() const {
        return {query, key, value, query_weight, query_bias, key_weight, key_bias, bias ? *bias : at::Tensor()};
    }
    int64_t width() const { return query.size(2) / heads; }
};
}  // namespace
}  // namespace darkroom::normed_attention

#define CK_KERNELS "normed_attention.set.hpp"
#include "each_set.hpp"

namespace darkroom::normed_attention {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

at::Tensor stock(const Inputs &in) {
    const auto split = [&](const at::Tensor &x) { return x.reshape({x.size(0), x.size(1), in.heads, x.size(2) / in.heads}).transpose(1, 2); };
    const auto value = split(in.value);
    const auto query = at::layer_norm(split(in.query), {in.width()}, in.query_weight, in.query_bias, in.epsilon).to(value.scalar_type());
    const auto key = at::layer_norm(split(in.key), {in.width()}, in.key_weight, in.key_bias, in.epsilon).to(value.scalar_type());
    at::Tensor mixed;
    if (wants_gradient(query) || wants_gradient(key) || wants_gradient(value)) {
        // The fused operator is fastest forwards; its backward pass on a CPU costs more than plain products.
        auto scores = at::matmul(at::mul(query, 1 / std::sqrt(static_cast<double>(in.width()))), key.transpose(-2, -1));
        if (in.bias) scores = at::add(scores, in.bias->to(scores.scalar_type()));
        mixed = at::matmul(at::softmax(scores, -1), value);
    } else {
        mixed = at::scaled_dot_product_attention(query, key, value, in.bias ? MaybeTensor(in.bias->to(query.scalar_type())) : std::nullopt);
    }
    return mixed.transpose(1, 2).reshape({in.query.size(0), in.query.size(1), in.value.size(2)});
}

#if CK_X86
// What is held of a head stays within a core's second cache.
constexpr int64_t most_tokens = 256, most_width = 128;

struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &query, const at::Tensor &key, const at::Tensor &value,
                              const at::Tensor &query_weight, const at::Tensor &query_bias, const at::Tensor &key_weight, const at::Tensor &key_bias,
                              const MaybeTensor &bias, int64_t heads, double epsilon) {
        const Inputs in{query, key, value, query_weight, query_bias, key_weight, key_bias, bias, heads, epsilon};
        context->save_for_backward(in.tensors());
        context->saved_data["heads"] = heads;
        context->saved_data["epsilon"] = epsilon;
        return CK_CALL_FOR(query, normed_attention::forwards, in);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "the fused attention can be differentiated once only; limit the processor's level to differentiate twice");
        const auto s = context->get_saved_variables();
        const Inputs in{s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7].defined() ? MaybeTensor(s[7]) : std::nullopt,
                        context->saved_data["heads"].toInt(), context->saved_data["epsilon"].toDouble()};
        auto result = CK_CALL_FOR(in.query, normed_attention::backwards, in, gradients[0]);
        result.resize(10);
        return result;
    }
};

bool fits(const Inputs &in) {
    if (ck_level_in_use() < CK_AVX2 || in.query.numel() == 0 || in.key.numel() == 0) return false;
    for (const auto *x : {&in.query, &in.key, &in.value}) {
        if (!plain(*x) || !is_short_or_single(*x) || x->scalar_type() != in.query.scalar_type() || x->stride(2) != 1) return false;
    }
    for (const auto *x : {&in.query_weight, &in.query_bias, &in.key_weight, &in.key_bias}) {
        if (!plain_parameter(*x, in.width())) return false;
    }
    const int64_t queries = in.query.size(1), keys = in.key.size(1);
    if (in.bias && (!plain(*in.bias) || in.bias->scalar_type() != at::kFloat || !in.bias->is_contiguous() || wants_gradient(*in.bias) ||
                    in.bias->sizes() != at::IntArrayRef({1, in.heads, queries, keys}))) {
        return false;
    }
    return queries <= most_tokens && keys <= most_tokens && in.width() <= most_width;
}
#endif

at::Tensor normed_attention(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t heads, const at::Tensor &query_weight,
                            const at::Tensor &query_bias, const at::Tensor &key_weight, const at::Tensor &key_bias, double epsilon,
                            const MaybeTensor &bias) {
    TORCH_CHECK(query.dim() == 3 && key.dim() == 3 && value.dim() == 3, "attention wants [batch, tokens, width]");
    TORCH_CHECK(heads > 0 && query.size(2) % heads == 0, "attention: ", heads, " heads do not divide a width of ", query.size(2));
    TORCH_CHECK(key.size(0) == query.size(0) && key.size(2) == query.size(2) && value.sizes() == key.sizes(),
                "attention: queries, keys and values do not fit together: ", query.sizes(), ", ", key.sizes(), ", ", value.sizes());
    const Inputs in{query, key, value, query_weight, query_bias, key_weight, key_bias, bias, heads, epsilon};
#if CK_X86
    if (fits(in)) {
        for (const auto &x : in.tensors()) {
            if (x.defined() && wants_gradient(x)) {
                return Function::apply(query, key, value, query_weight, query_bias, key_weight, key_bias, bias, heads, epsilon);
            }
        }
        return CK_CALL_FOR(query, normed_attention::forwards, in);
    }
#endif
    return stock(in);
}

}  // namespace
}  // namespace darkroom::normed_attention

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def(
        "normed_attention(Tensor query, Tensor key, Tensor value, int heads, Tensor query_weight, Tensor query_bias, Tensor key_weight, "
        "Tensor key_bias, float epsilon, Tensor? bias=None) -> Tensor",
        darkroom::normed_attention::normed_attention);
}

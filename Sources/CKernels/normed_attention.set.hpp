// Attention with normalised queries and keys and its gradient: whole tensors, on all threads.
#include "layer_norm_rows.set.hpp"
#include "small_products.set.hpp"
#include "normed_attention_head.set.hpp"

CK_SET_BEGIN
namespace darkroom::CK_SET::normed_attention {

using darkroom::normed_attention::Inputs;

template <class T> View<T> view(const at::Tensor &x) { return {static_cast<const T *>(x.const_data_ptr()), x.stride(0), x.stride(1)}; }

// The numbers of the norms, which have to live as long as the problem.
struct Norms {
    std::vector<float> query_weight, query_bias, key_weight, key_bias;
    explicit Norms(const Inputs &in)
        : query_weight(numbers(in.query_weight)), query_bias(numbers(in.query_bias)), key_weight(numbers(in.key_weight)), key_bias(numbers(in.key_bias)) {}
};

template <class T> Problem<T> problem(const Inputs &in, const Norms &norms) {
    return {view<T>(in.query), view<T>(in.key), view<T>(in.value), in.query.size(0), in.heads, in.query.size(1), in.key.size(1), in.width(),
            {norms.query_weight.data(), norms.query_bias.data()}, {norms.key_weight.data(), norms.key_bias.data()},
            in.bias ? static_cast<const float *>(in.bias->const_data_ptr()) : nullptr, static_cast<float>(in.epsilon)};
}

template <class T> at::Tensor forwards(const Inputs &in) {
    const Norms norms(in);
    const auto p = problem<T>(in, norms);
    auto out = at::empty(in.query.sizes(), in.query.options().memory_format(at::MemoryFormat::Contiguous));
    auto *to = static_cast<T *>(out.mutable_data_ptr());
    parallel_for(0, p.batch * p.heads, 1, [&](int64_t first, int64_t last) {
        const Room room(p.queries, p.keys, p.width);
        for (int64_t i = first; i < last; i++) attend(p, i / p.heads, i % p.heads, room, to);
    });
    return out;
}

template <class T> std::vector<at::Tensor> backwards(const Inputs &in, const at::Tensor &gradient) {
    const Norms norms(in);
    const auto p = problem<T>(in, norms);
    const auto above = gradient.contiguous();
    const auto empty = [](const at::Tensor &x) { return at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::Contiguous)); };
    const auto query = empty(in.query), key = empty(in.key), value = empty(in.value);
    const auto sums = at::zeros({p.batch * p.heads, 4, p.width}, at::kFloat);
    const auto at = [](const at::Tensor &x) { return static_cast<T *>(x.mutable_data_ptr()); };
    parallel_for(0, p.batch * p.heads, 1, [&](int64_t first, int64_t last) {
        const Room room(p.queries, p.keys, p.width);
        for (int64_t i = first; i < last; i++) {
            float *own = static_cast<float *>(sums.mutable_data_ptr()) + i * 4 * p.width;
            differentiate(p, i / p.heads, i % p.heads, room, static_cast<const T *>(above.const_data_ptr()),
                          Gradients<T>{at(query), at(key), at(value), own, own + 2 * p.width});
        }
    });
    const auto whole = sums.sum(0, false, at::kDouble);
    const auto parameter = [&](int64_t index, const at::Tensor &like) { return whole.select(0, index).to(like.scalar_type()); };
    return {query, key, value, parameter(0, in.query_weight), parameter(1, in.query_bias), parameter(2, in.key_weight), parameter(3, in.key_bias)};
}

}  // namespace darkroom::CK_SET::normed_attention
CK_END

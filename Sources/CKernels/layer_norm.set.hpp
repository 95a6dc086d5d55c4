// Layer norm with its gradient: whole tensors, on all threads.
#include "layer_norm_rows.set.hpp"

CK_SET_BEGIN
namespace darkroom::CK_SET::layer_norm {

using MaybeTensor = std::optional<at::Tensor>;

// Rows that are summed up together backwards: a sample's where it is modulated, so that sums do not depend on threads.
static inline int64_t rows_a_part(const at::Tensor &x, bool is_modulated) {
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
std::vector<at::Tensor> backwards(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &modulation,
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

}  // namespace darkroom::CK_SET::layer_norm
CK_END

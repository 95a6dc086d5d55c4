// darkroom::attention: softmax(q · kᵀ / √d) · v for every head, straight from the projections and back to their layout.
#include <ATen/Functions.h>
#include <torch/library.h>

#include <cmath>
#include <memory>

#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "attention.set.hpp"
#include "each_set.hpp"

namespace darkroom::attention {
namespace {

at::Tensor stock(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t heads) {
    const auto split = [heads](const at::Tensor &x) {
        return x.reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
    };
    const auto mixed = at::scaled_dot_product_attention(split(query), split(key), split(value));
    return mixed.transpose(1, 2).reshape({query.size(0), query.size(1), value.size(2)});
}

at::Tensor attention(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t heads) {
    TORCH_CHECK(query.dim() == 3 && key.dim() == 3 && value.dim() == 3, "attention wants [batch, tokens, width]");
    TORCH_CHECK(heads > 0 && query.size(2) % heads == 0, "attention: ", heads, " heads do not divide a width of ", query.size(2));
    TORCH_CHECK(key.size(0) == query.size(0) && value.size(0) == query.size(0) && key.size(2) == query.size(2) &&
                    value.size(2) == query.size(2) && key.size(1) == value.size(1),
                "attention: queries, keys and values do not fit together: ", query.sizes(), ", ", key.sizes(), ", ", value.sizes());
#if CK_X86
    const int64_t width = query.size(2) / heads;
    const auto fits = [&](const at::Tensor &x) { return usable(x) && x.stride(2) == 1 && x.scalar_type() == query.scalar_type(); };
    if (ck_level_in_use() >= CK_AVX2 && fits(query) && fits(key) && fits(value) && width % 8 == 0 && width <= 512 && query.numel() > 0 &&
        key.numel() > 0) {
        return CK_CALL_FOR(query, attention::apply, query, key, value, heads);
    }
#endif
    return stock(query, key, value, heads);
}

}  // namespace
}  // namespace darkroom::attention

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("attention(Tensor query, Tensor key, Tensor value, int heads) -> Tensor", darkroom::attention::attention);
}

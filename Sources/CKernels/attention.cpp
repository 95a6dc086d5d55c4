// darkroom::attention: softmax(q · kᵀ / √d) · v for every head, straight from the projections and back to their layout.
#include <ATen/Functions.h>
#include <torch/library.h>

#include <cmath>
#include <memory>

#include "attention_tiles.hpp"
#include "attention_vectors.hpp"
#include "parallel.hpp"
#include "usable.hpp"

namespace darkroom::attention {
namespace {

at::Tensor stock(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t heads) {
    const auto split = [heads](const at::Tensor &x) {
        return x.reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
    };
    const auto mixed = at::scaled_dot_product_attention(split(query), split(key), split(value));
    return mixed.transpose(1, 2).reshape({query.size(0), query.size(1), value.size(2)});
}

#if CK_X86
template <class Engine> void run(const Problem &p) {
    const Layout l = layout<Engine>(p);
    const int64_t heads = p.batch * p.heads, words = l.key_words + l.value_words, step = groups * Engine::rows;
    const int64_t blocks = (p.queries + step - 1) / step;
    const auto packed = at::empty({heads * words}, at::kInt);  // 64-byte aligned, as every tensor of libtorch
    auto *base = static_cast<uint32_t *>(packed.data_ptr());
    parallel_for(0, heads, 1, [&](int64_t from, int64_t to) {
        for (int64_t h = from; h < to; h++) pack_head<Engine>(p, l, h, base + h * words, base + h * words + l.key_words);
    });
    // Consecutive blocks are of one head, so its packed keys and values stay in the cache of whoever has them.
    parallel_for(0, heads * blocks, 1, [&](int64_t from, int64_t to) {
        const auto scratch = std::make_unique<Scratch<Engine>>();
        [[maybe_unused]] const typename Engine::Session session;
        for (int64_t i = from; i < to; i++) {
            const int64_t h = i / blocks, first = i % blocks * step;
            const uint32_t *keys = base + h * words;
            attend<Engine>(p, l, h, first, std::min(p.queries, first + step), keys, keys + l.key_words, *scratch);
        }
    });
}

bool fits(const at::Tensor &x) { return usable(x) && x.stride(2) == 1; }
#endif

at::Tensor attention(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t heads) {
    TORCH_CHECK(query.dim() == 3 && key.dim() == 3 && value.dim() == 3, "attention wants [batch, tokens, width]");
    TORCH_CHECK(heads > 0 && query.size(2) % heads == 0, "attention: ", heads, " heads do not divide a width of ", query.size(2));
    TORCH_CHECK(key.size(0) == query.size(0) && value.size(0) == query.size(0) && key.size(2) == query.size(2) &&
                    value.size(2) == query.size(2) && key.size(1) == value.size(1),
                "attention: queries, keys and values do not fit together: ", query.sizes(), ", ", key.sizes(), ", ", value.sizes());
#if CK_X86
    const int64_t width = query.size(2) / heads;
    if (ck_level_in_use() >= CK_VECTORS && fits(query) && fits(key) && fits(value) && width % 8 == 0 && width <= most_width &&
        query.numel() > 0 && key.numel() > 0) {
        auto out = at::empty(query.sizes(), query.options().memory_format(at::MemoryFormat::Contiguous));
        const auto view = [](const at::Tensor &x) {
            return View{static_cast<const Bits *>(x.const_data_ptr()), x.stride(0), x.stride(1)};
        };
        const Problem p{view(query), view(key), view(value), static_cast<Bits *>(out.mutable_data_ptr()), out.stride(0), out.stride(1),
                        query.size(0), heads, query.size(1), key.size(1), width, 1 / std::sqrt(static_cast<float>(width))};
        if (ck_level_in_use() >= CK_TILES && !ck_multiplies_in_single()) run<TileEngine>(p);
        else if (ck_multiplies_in_single()) run<VectorEngine<SingleProducts>>(p);
        else run<VectorEngine<ShortProducts>>(p);
        return out;
    }
#endif
    return stock(query, key, value, heads);
}

}  // namespace
}  // namespace darkroom::attention

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("attention(Tensor query, Tensor key, Tensor value, int heads) -> Tensor", darkroom::attention::attention);
}

// Attention of all heads, on all threads.
#include "attention_blocks.set.hpp"
#include "attention_singles.set.hpp"
#if CK_WIDE
#include "attention_pairs.set.hpp"
#include "attention_tiles.set.hpp"
#include "attention_vectors.set.hpp"
#endif

CK_SET_BEGIN
namespace darkroom::CK_SET::attention {

template <class Engine> void run(const Problem<typename Engine::Number> &p) {
    using Word = typename Engine::Word;
    const Layout l = Engine::layout(p);
    const int64_t heads = p.batch * p.heads, words = round_up(l.key_words, 16) + round_up(l.value_words, 16), step = groups * Engine::rows;
    const int64_t blocks = (p.queries + step - 1) / step;
    const auto packed = at::empty({heads * words}, at::kInt);  // 64-byte aligned, as every tensor of libtorch
    auto *base = static_cast<Word *>(packed.mutable_data_ptr());
    const auto values = [&](Word *keys) { return keys + round_up(l.key_words, 16); };
    parallel_for(0, heads, 1, [&](int64_t from, int64_t to) {
        for (int64_t h = from; h < to; h++) Engine::pack_head(p, l, h, base + h * words, values(base + h * words));
    });
    // Consecutive blocks are of one head, so its packed keys and values stay in the cache of whoever has them.
    parallel_for(0, heads * blocks, 1, [&](int64_t from, int64_t to) {
        const auto scratch = std::make_unique<Scratch<Engine>>();
        [[maybe_unused]] const typename Engine::Session session;
        for (int64_t i = from; i < to; i++) {
            const int64_t h = i / blocks, first = i % blocks * step;
            attend<Engine>(p, l, h, first, std::min(p.queries, first + step), base + h * words, values(base + h * words), *scratch);
        }
    });
}

template <class T> at::Tensor apply(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t heads) {
    auto out = at::empty(query.sizes(), query.options().memory_format(at::MemoryFormat::Contiguous));
    const auto view = [](const at::Tensor &x) { return View<T>{static_cast<const T *>(x.const_data_ptr()), x.stride(0), x.stride(1)}; };
    const int64_t width = query.size(2) / heads;
    const Problem<T> p{view(query), view(key), view(value), static_cast<T *>(out.mutable_data_ptr()), out.stride(0), out.stride(1),
                       query.size(0), heads, query.size(1), key.size(1), width, 1 / std::sqrt(static_cast<float>(width))};
#if CK_WIDE
    if constexpr (std::is_same_v<T, Bits>) {
        if (ck_multiplies_in_single()) run<VectorEngine<SingleProducts>>(p);
        else if (ck_level_in_use() >= CK_AMX) run<TileEngine>(p);
        else run<VectorEngine<ShortProducts>>(p);
        return out;
    }
#endif
    run<SingleEngine<T>>(p);
    return out;
}

}  // namespace darkroom::CK_SET::attention
CK_END

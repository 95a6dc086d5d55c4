// The two products of attention in single precision, with keys and values laid out in it too: twelve queries at a time.
#include "small_products.set.hpp"

CK_SET_BEGIN
namespace darkroom::CK_SET::attention {

//   queries [channel][12 queries];  keys [panel of keys][channel][keys of the panel];  values [key][channel].
template <class T> struct SingleEngine {
    struct Session {};
    using Number = T;
    using Word = float;
    static constexpr int rows = 12, keys_a_row = 1, panel = CK_WIDE ? 64 : 16;

    // Weights take the place of their scores.
    struct Weights {
        static constexpr int row = score_row;
        float *of(float *scores) { return scores; }
    };

    static Layout layout(const Problem<T> &p) {
        const int64_t columns = round_up(p.width, small::granule);
        return {rows * p.width, p.width, round_up(p.keys, panel) * p.width, p.keys * columns, columns, p.width <= 64 ? 128 : 64};
    }

    static void pack_head(const Problem<T> &p, const Layout &l, int64_t head, float *keys, float *values) {
        const int64_t b = head / p.heads, column = head % p.heads * p.width;
        const T *key = p.key.base + b * p.key.batch + column, *value = p.value.base + b * p.value.batch + column;
        for (int64_t j = 0; j < round_up(p.keys, panel); j += 16) {
            float *to = keys + j / panel * panel * p.width + j % panel;
            each(p.width, [&](int64_t c, Lanes lanes) {
                Words r[16];
                CK_UNROLL for (int i = 0; i < 16; i++) r[i] = (Words)(j + i < p.keys ? load(key + (j + i) * p.key.token + c, lanes) : zeros());
                transpose(r);
                CK_UNROLL for (int i = 0; i < 16; i++) {
                    if (i < lanes) store(to + (c + i) * panel, (Vector)r[i]);
                }
            });
        }
        for (int64_t j = 0; j < p.keys; j++) {
            each(p.width, [&](int64_t c, Lanes lanes) {
                store(values + j * l.columns + c, first(l.columns - c), load(value + j * p.value.token + c, lanes));
            });
        }
    }

    static void pack_queries(const T *query, int64_t stride, int count, int64_t width, const Layout &l, float *out) {
        memset(out, 0, sizeof(float) * static_cast<size_t>(l.query_words));
        alignas(64) float channels[16];
        for (int r = 0; r < count; r++) {
            each(width, [&](int64_t c, Lanes lanes) {
                store(channels, load(query + r * stride + c, lanes));
                for (int i = 0; i < lanes; i++) out[(c + i) * rows + r] = channels[i];
            });
        }
    }

    static void scores(const float *query, const float *keys, int64_t width, int count, float *out) {
        for (int j = 0; j < count; j += panel) {
            small::multiply(query, {1, rows}, keys + j * width, panel, rows, panel, width, out + j, score_row);
        }
    }

    static void mix(const float *weights, const float *values, int64_t columns, int keys, float *out) {
        small::multiply<true>(weights, {score_row, 1}, values, columns, rows, columns, keys, out, columns);
    }
};

}  // namespace darkroom::CK_SET::attention
CK_END

// Attention without the matrix of weights: block-wise softmax with a running maximum (Milakov & Gimelshein 2018;
// Dao et al. 2022), for one group of queries against one block of keys at a time. An engine does the two products.
#pragma once
#include <algorithm>
#include <cstring>

#include "vectors.hpp"

#if CK_X86
namespace darkroom::attention {

using vectors::Bits;

// A `[batch, token, heads · width]` view; strides in elements, the last axis dense.
struct View {
    const Bits *base;
    int64_t batch, token;
};
struct Problem {
    View query, key, value;
    Bits *out;
    int64_t out_batch, out_token;
    int64_t batch, heads, queries, keys, width;
    float scale;
};

// Sizes that follow from a problem. Keys and values are packed once a head:
//   keys    [block of 32 keys][pair of channels][32 keys]: dword = two neighbouring channels of a key;
//   values  [pair of keys][channel]: dword = one channel of two neighbouring keys.
// What is missing at the ends is zero.
struct Layout {
    int64_t pairs, columns, key_words, value_words;
    int block;
};

constexpr int most_width = 512;            // channels of a head
constexpr int most_block = 256;            // keys in a block
constexpr int weight_row = most_block + 32;  // elements; not a power of two, so that rows spread over the cache
constexpr int score_row = most_block + 16;
constexpr int groups = 8;                  // groups of queries that share a block while it is in the cache

inline int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

template <class Engine> Layout layout(const Problem &p) {
    Layout l;
    l.pairs = round_up(p.width / 2, Engine::pair_multiple);
    l.columns = round_up(p.width, 16);
    l.key_words = round_up(p.keys, 32) * l.pairs;
    l.value_words = round_up(p.keys, 32) / 2 * l.columns;
    l.block = Engine::block(p.width);
    return l;
}

CK_VECTORS_BEGIN

static inline void pack_keys(const Bits *keys, int64_t stride, int64_t count, int64_t width, int64_t pairs, uint32_t *out) {
    for (int64_t j = 0; j < round_up(count, 32); j += 16) {
        uint32_t *to = out + j / 32 * pairs * 32 + j % 32;
        for (int64_t p = 0; p < pairs; p += 16) {
            const __mmask16 mask = vectors::first(width / 2 - p);
            __m512i r[16];
            CK_UNROLL for (int i = 0; i < 16; i++) {
                r[i] = j + i < count ? _mm512_maskz_loadu_epi32(mask, keys + (j + i) * stride + p * 2) : _mm512_setzero_si512();
            }
            vectors::transpose(r);
            CK_UNROLL for (int i = 0; i < 16; i++) {
                if (p + i < pairs) _mm512_store_si512(to + (p + i) * 32, r[i]);
            }
        }
    }
}

static inline void pack_values(const Bits *values, int64_t stride, int64_t count, int64_t width, int64_t columns, uint32_t *out) {
    for (int64_t j = 0; j < round_up(count, 32); j += 2) {
        for (int64_t c = 0; c < columns; c += 16) {
            const __mmask16 mask = vectors::first(width - c);
            const Bits *from = values + j * stride + c;
            const __m256i even = j < count ? _mm256_maskz_loadu_epi16(mask, from) : _mm256_setzero_si256();
            const __m256i odd = j + 1 < count ? _mm256_maskz_loadu_epi16(mask, from + stride) : _mm256_setzero_si256();
            _mm512_store_si512(out + j / 2 * columns + c,
                               _mm512_or_si512(_mm512_cvtepu16_epi32(even), _mm512_slli_epi32(_mm512_cvtepu16_epi32(odd), 16)));
        }
    }
}

// What is known of a group after some blocks: sum of weights and weighted values, both relative to 2^shift.
template <int Rows> struct alignas(64) Running {
    float shift[(Rows + 15) / 16 * 16];
    float sum[Rows][16];

    void start() {
        for (float &x : shift) x = -1e38f;  // not -∞: differences of shifts must stay numbers
        memset(sum, 0, sizeof sum);
    }
};

// Scores of a block to bf16 weights 2^(score · scale - shift); the shift rises to the block's maximum first, so that
// the greatest weights, which matter most, are rounded least. Sums are of rounded weights: a single key that
// outweighs all others then gives its value exactly.
template <int Rows>
static inline void softmax(const float *scores, int keys, float scale, Running<Rows> &running, Bits *weights, float *mixed, int64_t columns) {
    const int whole = keys / 32 * 32;
    const __m512 factor = _mm512_set1_ps(scale), lowest = _mm512_set1_ps(-3e38f);
    const __mmask16 low_mask = vectors::first(keys - whole), high_mask = vectors::first(keys - whole - 16);
    alignas(64) float shift[sizeof running.shift / 4], keep[sizeof running.shift / 4];
    memcpy(shift, running.shift, sizeof shift);
    for (int r = 0; r < Rows; r++) {
        const float *row = scores + r * score_row;
        __m512 top = lowest, other = lowest;
        for (int j = 0; j < whole; j += 32) {
            top = _mm512_max_ps(top, _mm512_load_ps(row + j));
            other = _mm512_max_ps(other, _mm512_load_ps(row + j + 16));
        }
        if (low_mask) {
            top = _mm512_mask_max_ps(top, low_mask, top, _mm512_load_ps(row + whole));
            if (high_mask) other = _mm512_mask_max_ps(other, high_mask, other, _mm512_load_ps(row + whole + 16));
        }
        shift[r] = std::max(shift[r], _mm512_reduce_max_ps(_mm512_max_ps(top, other)) * scale);
    }
    for (size_t r = 0; r < sizeof shift / 4; r += 16) {
        const __m512 fresh = _mm512_load_ps(shift + r), stale = _mm512_load_ps(running.shift + r);
        // Exactly one where nothing rose: this factor is applied once a block, and errors in it would add up.
        const __mmask16 same = _mm512_cmp_ps_mask(fresh, stale, _CMP_EQ_OQ);
        const __m512 factor_kept = vectors::exp2_fine(_mm512_max_ps(_mm512_set1_ps(-200.f), _mm512_sub_ps(stale, fresh)));
        _mm512_store_ps(keep + r, _mm512_mask_mov_ps(factor_kept, same, _mm512_set1_ps(1.f)));
        _mm512_store_ps(running.shift + r, fresh);
    }
    const __m512i ones = _mm512_set1_epi16(0x3f80);
    for (int r = 0; r < Rows; r++) {
        const float *row = scores + r * score_row;
        Bits *to = weights + r * weight_row;
        const __m512 minus = _mm512_set1_ps(-shift[r]);
        __m512 sum = _mm512_mul_ps(_mm512_load_ps(running.sum[r]), _mm512_set1_ps(keep[r]));
        if (keep[r] != 1) {
            const __m512 factor_kept = _mm512_set1_ps(keep[r]);
            float *values = mixed + r * columns;
            for (int64_t c = 0; c < columns; c += 16) _mm512_store_ps(values + c, _mm512_mul_ps(factor_kept, _mm512_load_ps(values + c)));
        }
        for (int j = 0; j < whole; j += 32) {
            const __m512 low = vectors::exp2_coarse(_mm512_fmadd_ps(_mm512_load_ps(row + j), factor, minus));
            const __m512 high = vectors::exp2_coarse(_mm512_fmadd_ps(_mm512_load_ps(row + j + 16), factor, minus));
            const __m512i pair = vectors::narrow(low, high);
            sum = vectors::dot(sum, pair, ones);
            _mm512_store_si512(to + j, pair);
        }
        if (low_mask) {
            __m512 low = vectors::exp2_coarse(_mm512_fmadd_ps(_mm512_load_ps(row + whole), factor, minus)), high = _mm512_setzero_ps();
            if (high_mask) high = vectors::exp2_coarse(_mm512_fmadd_ps(_mm512_load_ps(row + whole + 16), factor, minus));
            const __m512i pair = vectors::narrow(_mm512_maskz_mov_ps(low_mask, low), _mm512_maskz_mov_ps(high_mask, high));
            sum = vectors::dot(sum, pair, ones);
            _mm512_store_si512(to + whole, pair);
        }
        _mm512_store_ps(running.sum[r], sum);
    }
}

template <class Engine> struct alignas(64) Scratch {
    static constexpr int rows = Engine::rows;
    float scores[rows * score_row];
    Bits weights[rows * weight_row];
    Running<rows> running[groups];
    float mixed[groups * rows * most_width];
    uint32_t query[Engine::query_words * groups * rows * most_width / 2];
};

template <class Engine> void pack_head(const Problem &p, const Layout &l, int64_t head, uint32_t *keys, uint32_t *values) {
    const int64_t b = head / p.heads, column = head % p.heads * p.width;
    pack_keys(p.key.base + b * p.key.batch + column, p.key.token, p.keys, p.width, l.pairs, keys);
    pack_values(p.value.base + b * p.value.batch + column, p.value.token, p.keys, p.width, l.columns, values);
}

// Queries `from ..< to` of a head; at most groups · rows.
template <class Engine>
void attend(const Problem &p, const Layout &l, int64_t head, int64_t from, int64_t to, const uint32_t *keys, const uint32_t *values, Scratch<Engine> &s) {
    constexpr int rows = Engine::rows;
    const int64_t b = head / p.heads, column = head % p.heads * p.width;
    const int count = static_cast<int>((to - from + rows - 1) / rows);
    const Bits *query = p.query.base + b * p.query.batch + from * p.query.token + column;
    for (int g = 0; g < count; g++) {
        const int64_t left = std::min<int64_t>(rows, to - from - g * rows);
        Engine::pack_queries(query + g * rows * p.query.token, p.query.token, static_cast<int>(left), p.width, l.pairs, s.query + Engine::query_words * g * rows * l.pairs);
        s.running[g].start();
    }
    memset(s.mixed, 0, sizeof(float) * count * rows * l.columns);
    const float scale = p.scale * 1.44269504f;  // weights are powers of two
    for (int64_t j = 0; j < p.keys; j += l.block) {
        const int some = static_cast<int>(std::min<int64_t>(l.block, p.keys - j));
        for (int g = 0; g < count; g++) {
            float *mixed = s.mixed + g * rows * l.columns;
            Engine::scores(s.query + Engine::query_words * g * rows * l.pairs, keys + j * l.pairs, static_cast<int>(l.pairs), some, s.scores);
            softmax<rows>(s.scores, some, scale, s.running[g], s.weights, mixed, l.columns);
            Engine::mix(s.weights, values + j / 2 * l.columns, l.columns, some, mixed);
        }
    }
    for (int64_t i = 0; i < to - from; i++) {
        const float sum = _mm512_reduce_add_ps(_mm512_load_ps(s.running[i / rows].sum[i % rows]));
        const __m512 factor = _mm512_set1_ps(1 / sum);
        Bits *out = p.out + b * p.out_batch + (from + i) * p.out_token + column;
        for (int64_t c = 0; c < p.width; c += 16) {
            const __m512 x = _mm512_mul_ps(factor, _mm512_load_ps(s.mixed + i * l.columns + c));
            _mm256_mask_storeu_epi16(out + c, vectors::first(p.width - c), vectors::narrow(x));
        }
    }
}

CK_END
}  // namespace darkroom::attention
#endif

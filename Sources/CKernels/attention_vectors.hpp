// The two products of attention with AVX-512 BF16: twelve queries at a time, accumulators in registers.
#pragma once
#include "attention.hpp"

#if CK_X86
CK_VECTORS_BEGIN
namespace darkroom::attention {

struct VectorEngine {
    struct Session {};
    static constexpr int rows = 12, pair_multiple = 1, query_words = 1;
    // Keys in a block: what stays in a cache of 48 KiB beside the scores.
    static int block(int64_t width) { return width <= 48 ? 256 : width <= 96 ? 128 : width <= 192 ? 64 : 32; }

    // [pair][row]: one dword for each query, so that a pair of channels is broadcast from consecutive memory.
    static void pack_queries(const Bits *query, int64_t stride, int count, int64_t width, int64_t pairs, uint32_t *out) {
        for (int r = 0; r < rows; r++) {
            for (int64_t p = 0; p < pairs; p++) {
                uint32_t pair = 0;
                if (r < count) memcpy(&pair, query + r * stride + 2 * p, 4);
                out[p * rows + r] = pair;
            }
        }
    }

    static void scores(const uint32_t *query, const uint32_t *keys, int pairs, int count, float *out) {
        for (int j = 0; j < count; j += 32) {
            const uint32_t *block = keys + j * pairs;
            if (count - j > 16) products<2>(query, block, pairs, out + j);
            else products<1>(query, block, pairs, out + j);
        }
    }

    static void mix(const Bits *weights, const uint32_t *values, int64_t columns, int keys, float *out) {
        const int pairs = (keys + 1) / 2;
        for (int64_t left = columns / 16, c = 0; left > 0;) {
            const int64_t take = left <= 6 ? left : left <= 10 ? (left + 1) / 2 : 5;
            switch (take) {
                case 1: mixed<12, 1>(weights, values + c, columns, pairs, out + c); break;
                case 2: mixed<12, 2>(weights, values + c, columns, pairs, out + c); break;
                case 3: mixed<6, 3>(weights, values + c, columns, pairs, out + c); break;
                case 4: mixed<6, 4>(weights, values + c, columns, pairs, out + c); break;
                case 5: mixed<4, 5>(weights, values + c, columns, pairs, out + c); break;
                default: mixed<4, 6>(weights, values + c, columns, pairs, out + c); break;
            }
            left -= take;
            c += take * 16;
        }
    }

private:
    template <int Vectors>
    static __attribute__((noinline)) void products(const uint32_t *query, const uint32_t *keys, int pairs, float *out) {
        __m512 sums[rows][Vectors];
        CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = _mm512_setzero_ps();
        for (int p = 0; p < pairs; p++) {
            __m512i key[Vectors];
            CK_UNROLL for (int n = 0; n < Vectors; n++) key[n] = _mm512_load_si512(keys + p * 32 + n * 16);
            CK_UNROLL for (int r = 0; r < rows; r++) {
                const __m512i one = _mm512_set1_epi32(static_cast<int>(query[p * rows + r]));
                CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = vectors::dot(sums[r][n], one, key[n]);
            }
        }
        CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
            _mm512_store_ps(out + r * score_row + n * 16, sums[r][n]);
        }
    }

    // Some: queries that share the accumulators with this many vectors of channels.
    template <int Some, int Vectors>
    static __attribute__((noinline)) void mixed(const Bits *weights, const uint32_t *values, int64_t columns, int pairs, float *out) {
        for (int from = 0; from < rows; from += Some) {
            float *to = out + from * columns;
            const int *weight = reinterpret_cast<const int *>(weights + from * weight_row);
            __m512 sums[Some][Vectors];
            CK_UNROLL for (int r = 0; r < Some; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                sums[r][n] = _mm512_load_ps(to + r * columns + n * 16);
            }
            for (int p = 0; p < pairs; p++) {
                __m512i value[Vectors];
                CK_UNROLL for (int n = 0; n < Vectors; n++) value[n] = _mm512_load_si512(values + p * columns + n * 16);
                CK_UNROLL for (int r = 0; r < Some; r++) {
                    const __m512i one = _mm512_set1_epi32(weight[r * (weight_row / 2) + p]);
                    CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = vectors::dot(sums[r][n], one, value[n]);
                }
            }
            CK_UNROLL for (int r = 0; r < Some; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                _mm512_store_ps(to + r * columns + n * 16, sums[r][n]);
            }
        }
    }
};

}  // namespace darkroom::attention
CK_END
#endif

// The two products of attention in single precision, for processors that multiply bf16 no faster: pairs of bf16 are taken apart in
// registers. Queries and weights are widened once for all that they are multiplied with.
#pragma once
#include "attention.hpp"

#if CK_X86
CK_VECTORS_BEGIN
namespace darkroom::attention {

struct WidenedEngine {
    struct Session {};
    static constexpr int rows = 12, pair_multiple = 1, query_words = 2;
    static int block(int64_t width) { return width <= 48 ? 256 : width <= 96 ? 128 : width <= 192 ? 64 : 32; }

    // [pair][row]: two numbers of single precision.
    static void pack_queries(const Bits *query, int64_t stride, int count, int64_t width, int64_t pairs, uint32_t *out) {
        for (int64_t p = 0; p < pairs; p++) {
            for (int r = 0; r < rows; r++, out += 2) {
                out[0] = r < count ? static_cast<uint32_t>(query[r * stride + 2 * p]) << 16 : 0;
                out[1] = r < count ? static_cast<uint32_t>(query[r * stride + 2 * p + 1]) << 16 : 0;
            }
        }
    }

    static void scores(const uint32_t *query, const uint32_t *keys, int pairs, int count, float *out) {
        const auto *numbers = reinterpret_cast<const float *>(query);
        for (int j = 0; j < count; j += 32) {
            const uint32_t *block = keys + j * pairs;
            if (count - j > 16) products<2>(numbers, block, pairs, out + j);
            else products<1>(numbers, block, pairs, out + j);
        }
    }

    static void mix(const Bits *weights, const uint32_t *values, int64_t columns, int keys, float *out) {
        const int pairs = (keys + 1) / 2;
        alignas(64) float wide[rows * weight_row];
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < 2 * pairs; j += 16) {
                _mm512_store_ps(wide + r * weight_row + j, vectors::widen(_mm256_load_si256(reinterpret_cast<const __m256i *>(weights + r * weight_row + j))));
            }
        }
        for (int64_t left = columns / 16, c = 0; left > 0;) {
            const int64_t take = left <= 4 ? left : left <= 6 ? (left + 1) / 2 : 4;
            switch (take) {
                case 1: mixed<12, 1>(wide, values + c, columns, pairs, out + c); break;
                case 2: mixed<12, 2>(wide, values + c, columns, pairs, out + c); break;
                case 3: mixed<6, 3>(wide, values + c, columns, pairs, out + c); break;
                default: mixed<4, 4>(wide, values + c, columns, pairs, out + c); break;
            }
            left -= take;
            c += take * 16;
        }
    }

private:
    static CK_INLINE __m512 first_of(__m512i pair) { return _mm512_castsi512_ps(_mm512_slli_epi32(pair, 16)); }
    static CK_INLINE __m512 second_of(__m512i pair) { return _mm512_castsi512_ps(_mm512_and_si512(pair, _mm512_set1_epi32(static_cast<int>(0xffff0000)))); }

    template <int Vectors>
    static __attribute__((noinline)) void products(const float *query, const uint32_t *keys, int pairs, float *out) {
        __m512 sums[rows][Vectors];
        CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = _mm512_setzero_ps();
        for (int p = 0; p < pairs; p++, query += 2 * rows) {
            __m512 first[Vectors], second[Vectors];
            CK_UNROLL for (int n = 0; n < Vectors; n++) {
                const __m512i pair = _mm512_load_si512(keys + p * 32 + n * 16);
                first[n] = first_of(pair);
                second[n] = second_of(pair);
            }
            CK_UNROLL for (int r = 0; r < rows; r++) {
                CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = _mm512_fmadd_ps(_mm512_set1_ps(query[2 * r]), first[n], sums[r][n]);
                CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = _mm512_fmadd_ps(_mm512_set1_ps(query[2 * r + 1]), second[n], sums[r][n]);
            }
        }
        CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
            _mm512_store_ps(out + r * score_row + n * 16, sums[r][n]);
        }
    }

    // Some: queries that share the accumulators with this many vectors of channels.
    template <int Some, int Vectors>
    static __attribute__((noinline)) void mixed(const float *weights, const uint32_t *values, int64_t columns, int pairs, float *out) {
        for (int from = 0; from < rows; from += Some) {
            float *to = out + from * columns;
            const float *weight = weights + from * weight_row;
            __m512 sums[Some][Vectors];
            CK_UNROLL for (int r = 0; r < Some; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                sums[r][n] = _mm512_load_ps(to + r * columns + n * 16);
            }
            for (int p = 0; p < pairs; p++) {
                __m512 first[Vectors], second[Vectors];
                CK_UNROLL for (int n = 0; n < Vectors; n++) {
                    const __m512i pair = _mm512_load_si512(values + p * columns + n * 16);
                    first[n] = first_of(pair);
                    second[n] = second_of(pair);
                }
                CK_UNROLL for (int r = 0; r < Some; r++) {
                    const float *one = weight + r * weight_row + 2 * p;
                    CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = _mm512_fmadd_ps(_mm512_set1_ps(one[0]), first[n], sums[r][n]);
                    CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = _mm512_fmadd_ps(_mm512_set1_ps(one[1]), second[n], sums[r][n]);
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

// Products of small matrices in single precision, for those that stay in the first caches.
#pragma once
#include "vectors.hpp"

#if CK_X86
namespace darkroom::small {
CK_VECTORS_BEGIN

// The places of a matrix: row · `down` + column · `across`.
struct Strides {
    int64_t down, across;
};

// `rows` rows and `vectors` · 16 columns of out = a · b, added to what is there or not: the sums stay in registers.
template <int rows, int vectors, bool adding>
CK_INLINE void block(const float *a, Strides s, const float *b, int64_t b_row, int64_t depth, float *out, int64_t out_row) {
    __m512 sums[rows][vectors];
    CK_UNROLL for (int i = 0; i < rows; i++) CK_UNROLL for (int j = 0; j < vectors; j++) {
        sums[i][j] = adding ? _mm512_loadu_ps(out + i * out_row + 16 * j) : _mm512_setzero_ps();
    }
    for (int64_t k = 0; k < depth; k++) {
        __m512 line[vectors];
        CK_UNROLL for (int j = 0; j < vectors; j++) line[j] = _mm512_loadu_ps(b + k * b_row + 16 * j);
        CK_UNROLL for (int i = 0; i < rows; i++) {
            const __m512 factor = _mm512_set1_ps(a[i * s.down + k * s.across]);
            CK_UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = _mm512_fmadd_ps(factor, line[j], sums[i][j]);
        }
    }
    CK_UNROLL for (int i = 0; i < rows; i++) CK_UNROLL for (int j = 0; j < vectors; j++) _mm512_storeu_ps(out + i * out_row + 16 * j, sums[i][j]);
}

template <int vectors, bool adding>
void column(const float *a, Strides s, const float *b, int64_t b_row, int64_t rows, int64_t depth, float *out, int64_t out_row) {
    constexpr int tall = vectors == 4 ? 6 : 8;
    int64_t i = 0;
    for (; i + tall <= rows; i += tall) block<tall, vectors, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
    for (; i + 2 <= rows; i += 2) block<2, vectors, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
    for (; i < rows; i++) block<1, vectors, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
}

// out = a · b, or out += a · b. `b` and `out` lie row by row, in rows of a multiple of 16 numbers; `columns` is one too.
template <bool adding = false>
void multiply(const float *a, Strides s, const float *b, int64_t b_row, int64_t rows, int64_t columns, int64_t depth, float *out,
              int64_t out_row) {
    int64_t j = 0;
    for (; j + 64 <= columns; j += 64) column<4, adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
    for (; j + 32 <= columns; j += 32) column<2, adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
    for (; j < columns; j += 16) column<1, adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
}

// `to[column][row] = from[row][column]`, 16 × 16 at a time; both have rows of a multiple of 16 numbers.
static inline void transpose(const float *from, int64_t from_row, int64_t rows, int64_t columns, float *to, int64_t to_row) {
    for (int64_t i = 0; i < rows; i += 16) {
        for (int64_t j = 0; j < columns; j += 16) {
            __m512i r[16];
            CK_UNROLL for (int k = 0; k < 16; k++) r[k] = _mm512_loadu_si512(from + (i + k) * from_row + j);
            vectors::transpose(r);
            CK_UNROLL for (int k = 0; k < 16; k++) _mm512_storeu_si512(to + (j + k) * to_row + i, r[k]);
        }
    }
}

CK_END
}  // namespace darkroom::small
#endif

// Products of small matrices in single precision, for those that stay in the first caches.
CK_SET_BEGIN
namespace darkroom::CK_SET::small {
using namespace vectors;

// The places of a matrix: row · `down` + column · `across`.
struct Strides {
    int64_t down, across;
};

// `rows` rows and `broad` · 16 columns of out = a · b, added to what is there or not: the sums stay in registers.
template <int rows, int broad, bool adding>
CK_INLINE void block(const float *a, Strides s, const float *b, int64_t b_row, int64_t depth, float *out, int64_t out_row) {
    Vector sums[rows][broad];
    CK_UNROLL for (int i = 0; i < rows; i++) CK_UNROLL for (int j = 0; j < broad; j++) {
        sums[i][j] = adding ? load(out + i * out_row + 16 * j) : zeros();
    }
    for (int64_t k = 0; k < depth; k++) {
        Vector line[broad];
        CK_UNROLL for (int j = 0; j < broad; j++) line[j] = load(b + k * b_row + 16 * j);
        CK_UNROLL for (int i = 0; i < rows; i++) {
            const Vector factor = all(a[i * s.down + k * s.across]);
            CK_UNROLL for (int j = 0; j < broad; j++) sums[i][j] = fma(factor, line[j], sums[i][j]);
        }
    }
    CK_UNROLL for (int i = 0; i < rows; i++) CK_UNROLL for (int j = 0; j < broad; j++) store(out + i * out_row + 16 * j, sums[i][j]);
}

template <int broad, bool adding>
void column(const float *a, Strides s, const float *b, int64_t b_row, int64_t rows, int64_t depth, float *out, int64_t out_row) {
    constexpr int tall = CK_WIDE && broad < 4 ? 8 : 6;
    int64_t i = 0;
    for (; i + tall <= rows; i += tall) block<tall, broad, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
    for (; i + 2 <= rows; i += 2) block<2, broad, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
    for (; i < rows; i++) block<1, broad, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
}

// What the number of columns is a multiple of.
constexpr int64_t granule = CK_WIDE ? 16 : 8;
#if !CK_WIDE
// The same for 8 columns, a register's worth.
template <int rows, bool adding>
CK_INLINE void half_block(const float *a, Strides s, const float *b, int64_t b_row, int64_t depth, float *out, int64_t out_row) {
    using Half = float __attribute__((vector_size(32)));
    Half sums[rows];
    CK_UNROLL for (int i = 0; i < rows; i++) sums[i] = adding ? load_as<Half>(out + i * out_row) : Half{};
    for (int64_t k = 0; k < depth; k++) {
        const Half line = load_as<Half>(b + k * b_row);
        CK_UNROLL for (int i = 0; i < rows; i++) sums[i] = __builtin_elementwise_fma(Half{} + a[i * s.down + k * s.across], line, sums[i]);
    }
    CK_UNROLL for (int i = 0; i < rows; i++) __builtin_memcpy(out + i * out_row, &sums[i], sizeof sums[i]);
}
template <bool adding>
void half_column(const float *a, Strides s, const float *b, int64_t b_row, int64_t rows, int64_t depth, float *out, int64_t out_row) {
    constexpr int tall = 12;
    int64_t i = 0;
    for (; i + tall <= rows; i += tall) half_block<tall, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
    for (; i < rows; i++) half_block<1, adding>(a + i * s.down, s, b, b_row, depth, out + i * out_row, out_row);
}
#endif

// out = a · b, or out += a · b. `b` and `out` lie row by row; `columns` is a multiple of the granule.
template <bool adding = false>
void multiply(const float *a, Strides s, const float *b, int64_t b_row, int64_t rows, int64_t columns, int64_t depth, float *out,
              int64_t out_row) {
    int64_t j = 0;
#if CK_WIDE
    for (; j + 64 <= columns; j += 64) column<4, adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
    for (; j + 32 <= columns; j += 32) column<2, adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
#endif
    for (; j + 16 <= columns; j += 16) column<1, adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
#if !CK_WIDE
    if (j < columns) half_column<adding>(a, s, b + j, b_row, rows, depth, out + j, out_row);
#endif
}

// `to[column][row] = from[row][column]`, 16 × 16 at a time; both have rows of a multiple of 16 numbers.
static inline void transpose(const float *from, int64_t from_row, int64_t rows, int64_t columns, float *to, int64_t to_row) {
    for (int64_t i = 0; i < rows; i += 16) {
        for (int64_t j = 0; j < columns; j += 16) {
            Words r[16];
            CK_UNROLL for (int k = 0; k < 16; k++) r[k] = (Words)load(from + (i + k) * from_row + j);
            vectors::transpose(r);
            CK_UNROLL for (int k = 0; k < 16; k++) store(to + (j + k) * to_row + i, (Vector)r[k]);
        }
    }
}

// What the columns of a product are multiplied with at its end and what is added to them; null where nothing is.
struct Finish {
    const float *scale, *bias;

    CK_INLINE Vector factor(int64_t column) const { return scale ? load(scale + column) : all(1); }
    CK_INLINE Vector shift(int64_t column) const { return bias ? load(bias + column) : zeros(); }
};

}  // namespace darkroom::CK_SET::small
CK_END

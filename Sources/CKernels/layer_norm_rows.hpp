// Layer norm row by row, forwards and backwards.
//
// n = w · (x − mean) / deviation + b;  z = n · (1 + scale) + shift;  y = z · sigmoid(z), as far as asked.
#pragma once
#include <cmath>

#include "vectors.hpp"

#if CK_X86
namespace darkroom::layer_norm {

template <class T> struct Problem {
    const T *x;
    const float *weight, *bias;
    // Scale and shift of each sample, one after the other; null where nothing is modulated.
    const T *modulation;
    // `part` rows are a sample where something is modulated.
    int64_t rows, width, part;
    float epsilon;
    bool silu;

    const T *scales(int64_t row) const { return modulation + row / part * 2 * width; }
};

CK_VECTORS_BEGIN
struct Moments {
    float mean, factor;
};

// Mean, and what deviations are multiplied by. The row stays in the first cache between the passes.
template <class T> CK_INLINE Moments moments(const T *x, int64_t width, float epsilon) {
    __m512 sum = _mm512_setzero_ps();
    vectors::each(width, [&](int64_t c, __mmask16 mask) { sum = _mm512_add_ps(sum, vectors::load(x + c, mask)); });
    const float mean = _mm512_reduce_add_ps(sum) / static_cast<float>(width);
    const __m512 middle = _mm512_set1_ps(mean);
    sum = _mm512_setzero_ps();
    vectors::each(width, [&](int64_t c, __mmask16 mask) {
        const __m512 d = _mm512_maskz_sub_ps(mask, vectors::load(x + c, mask), middle);
        sum = _mm512_fmadd_ps(d, d, sum);
    });
    return {mean, 1 / std::sqrt(_mm512_reduce_add_ps(sum) / static_cast<float>(width) + epsilon)};
}

template <bool modulated, bool silu, class T> void apply_rows(const Problem<T> &p, int64_t first, int64_t last, T *out) {
    const int64_t width = p.width;
    for (int64_t row = first; row < last; row++) {
        const T *x = p.x + row * width;
        T *y = out + row * width;
        const Moments m = moments(x, width, p.epsilon);
        const __m512 factor = _mm512_set1_ps(m.factor), minus = _mm512_set1_ps(-m.mean * m.factor), one = _mm512_set1_ps(1);
        const T *scale = modulated ? p.scales(row) : nullptr;
        vectors::each(width, [=](int64_t c, __mmask16 mask) {
            const __m512 normal = _mm512_fmadd_ps(vectors::load(x + c, mask), factor, minus);
            __m512 z = _mm512_fmadd_ps(normal, vectors::load(p.weight + c, mask), vectors::load(p.bias + c, mask));
            if constexpr (modulated) {
                z = _mm512_fmadd_ps(z, _mm512_add_ps(one, vectors::load(scale + c, mask)), vectors::load(scale + width + c, mask));
            }
            vectors::store(y + c, mask, silu ? vectors::silu(z) : z);
        });
    }
}

template <class T> void apply(const Problem<T> &p, int64_t first, int64_t last, T *out) {
    if (p.modulation) p.silu ? apply_rows<true, true>(p, first, last, out) : apply_rows<true, false>(p, first, last, out);
    else p.silu ? apply_rows<false, true>(p, first, last, out) : apply_rows<false, false>(p, first, last, out);
}

// Adds `value` to the numbers at `sum`.
CK_INLINE void add(float *sum, __mmask16 mask, __m512 value) { vectors::store(sum, mask, _mm512_add_ps(vectors::load(sum, mask), value)); }

// Back through the norm of one row, whose deviations were multiplied by `factor`: from its `slopes`, times the weights, and its
// `normals`; `sum` and `product` are the lanes' sums of the slopes and of slope times normal.
template <class T> CK_INLINE void descend(const float *normals, const float *slopes, __m512 sum, __m512 product, float factor, int64_t width, T *below) {
    const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / static_cast<float>(width));
    const __m512 along = _mm512_set1_ps(_mm512_reduce_add_ps(product) / static_cast<float>(width)), scale = _mm512_set1_ps(factor);
    vectors::each(width, [=](int64_t c, __mmask16 mask) {
        const __m512 rest = _mm512_sub_ps(vectors::load(slopes + c, mask), mean);
        vectors::store(below + c, mask, _mm512_mul_ps(scale, _mm512_fnmadd_ps(along, vectors::load(normals + c, mask), rest)));
    });
}

template <bool modulated, bool silu, class T>
void differentiate_rows(const Problem<T> &p, int64_t first, int64_t last, const T *above, T *below, float *sums, float *room) {
    const int64_t width = p.width;
    float *normals = room, *slopes = room + width;
    const __m512 one = _mm512_set1_ps(1);
    const T *scale = modulated ? p.scales(first) : nullptr;
    for (int64_t row = first; row < last; row++) {
        const T *x = p.x + row * width, *dy = above + row * width;
        T *dx = below + row * width;
        const Moments m = moments(x, width, p.epsilon);
        const __m512 factor = _mm512_set1_ps(m.factor), minus = _mm512_set1_ps(-m.mean * m.factor);
        __m512 sum = _mm512_setzero_ps(), product = _mm512_setzero_ps();
        vectors::each(width, [&](int64_t c, __mmask16 mask) {
            const __m512 normal = _mm512_maskz_fmadd_ps(mask, vectors::load(x + c, mask), factor, minus), weight = vectors::load(p.weight + c, mask);
            const __m512 n = _mm512_fmadd_ps(normal, weight, vectors::load(p.bias + c, mask));
            const __m512 times = modulated ? _mm512_add_ps(one, vectors::load(scale + c, mask)) : one;
            __m512 slope = vectors::load(dy + c, mask);
            if constexpr (silu) {
                const __m512 z = modulated ? _mm512_fmadd_ps(n, times, vectors::load(scale + width + c, mask)) : n, share = vectors::sigmoid(z);
                // σ + z · σ · (1 − σ)
                slope = _mm512_mul_ps(slope, _mm512_mul_ps(share, _mm512_fmadd_ps(z, _mm512_sub_ps(one, share), one)));
            }
            if constexpr (modulated) {
                add(sums + 2 * width + c, mask, _mm512_mul_ps(slope, n));
                add(sums + 3 * width + c, mask, slope);
                slope = _mm512_mul_ps(slope, times);
            }
            add(sums + c, mask, _mm512_mul_ps(slope, normal));
            add(sums + width + c, mask, slope);
            slope = _mm512_mul_ps(slope, weight);
            vectors::store(normals + c, mask, normal);
            vectors::store(slopes + c, mask, slope);
            sum = _mm512_add_ps(sum, slope);
            product = _mm512_fmadd_ps(slope, normal, product);
        });
        descend(normals, slopes, sum, product, m.factor, width, dx);
    }
}

// The gradient of part `index`: `below` of its rows, and its `sums` for weight, bias, scale and shift, `width` numbers each.
// `room` holds twice `width`.
template <class T> void differentiate(const Problem<T> &p, int64_t index, const T *above, T *below, float *sums, float *room) {
    const int64_t first = index * p.part, last = std::min(p.rows, first + p.part);
    const auto go = [&](auto rows) { rows(p, first, last, above, below, sums, room); };
    if (p.modulation) p.silu ? go(differentiate_rows<true, true, T>) : go(differentiate_rows<true, false, T>);
    else p.silu ? go(differentiate_rows<false, true, T>) : go(differentiate_rows<false, false, T>);
}
CK_END

}  // namespace darkroom::layer_norm
#endif

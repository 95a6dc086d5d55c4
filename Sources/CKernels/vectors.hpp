// Small vector functions that several kernels use.
#pragma once
#include "processor.hpp"

#if CK_X86
CK_VECTORS_BEGIN
namespace darkroom::vectors {

using Bits = uint16_t;  // the storage of one bf16

static CK_INLINE __mmask16 first(int64_t count) {
    return count >= 16 ? 0xffff : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}
static CK_INLINE __m512 widen(__m256i x) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
}
static CK_INLINE __m256i narrow(__m512 x) { return (__m256i)_mm512_cvtneps_pbh(x); }
// 32 numbers, `low` first.
static CK_INLINE __m512i narrow(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }
static CK_INLINE __m512 widen_low(__m512i x) { return widen(_mm512_castsi512_si256(x)); }
static CK_INLINE __m512 widen_high(__m512i x) { return widen(_mm512_extracti64x4_epi64(x, 1)); }
// c + the products of 16 pairs of bf16, pair by pair.
static CK_INLINE __m512 dot(__m512 c, __m512i a, __m512i b) { return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b); }

// 2^x to a relative error of 7.5e-5 (a 26th of bf16's rounding): a cubic on [-½, ½], fitted for least largest error.
// NaN stays NaN, -∞ gives 0.
static CK_INLINE __m512 exp2_coarse(__m512 x) {
    x = _mm512_max_ps(_mm512_set1_ps(-200.f), x);
    const __m512 whole = _mm512_roundscale_ps(x, 8), part = _mm512_sub_ps(x, whole);
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(0.05517165f), part, _mm512_set1_ps(0.24261112f));
    p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.69326099f));
    p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.99992807f));
    return _mm512_scalef_ps(p, whole);
}

// 2^x to 2.6e-6, NaN and infinities as in arithmetic.
static CK_INLINE __m512 exp2_fine(__m512 x) {
    const __m512 whole = _mm512_roundscale_ps(x, 8), part = _mm512_sub_ps(x, whole);
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(0.0095701013f), part, _mm512_set1_ps(0.055917859f));
    p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.24024744f));
    p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.69312179f));
    p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.99999928f));
    return _mm512_scalef_ps(p, whole);
}
// 1 / x for positive normal x: 14 bits, and one step of Newton's.
static CK_INLINE __m512 reciprocal(__m512 x) {
    const __m512 guess = _mm512_rcp14_ps(x);
    return _mm512_mul_ps(guess, _mm512_fnmadd_ps(x, guess, _mm512_set1_ps(2.f)));
}
// 1 / (1 + e^-x). The exponent ends at 126, where the result is nothing beside bf16's smallest normal numbers.
static CK_INLINE __m512 sigmoid(__m512 x) {
    const __m512 power = _mm512_min_ps(_mm512_set1_ps(126.f), _mm512_mul_ps(x, _mm512_set1_ps(-1.44269504f)));
    return reciprocal(_mm512_add_ps(exp2_fine(power), _mm512_set1_ps(1.f)));
}
static CK_INLINE __m512 silu(__m512 x) { return _mm512_mul_ps(x, sigmoid(x)); }
// x · Φ(x), where Φ(-u) = e^(-u²/2) · a polynomial in 1 / (1 + 0.31 u), fitted for least largest relative error
// (7.5e-6): the far tail, where 1 + erf cancels, keeps its digits too.
static CK_INLINE __m512 gelu(__m512 x) {
    const __m512 u = _mm512_min_ps(_mm512_set1_ps(20.f), _mm512_abs_ps(x));
    const __m512 t = reciprocal(_mm512_fmadd_ps(_mm512_set1_ps(0.31f), u, _mm512_set1_ps(1.f)));
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(-0.072301567f), t, _mm512_set1_ps(0.17591715f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.020498006f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.13110671f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.12096515f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.12381748f));
    p = _mm512_mul_ps(p, t);
    const __m512 bell = exp2_fine(_mm512_mul_ps(_mm512_mul_ps(u, u), _mm512_set1_ps(-0.72134752f)));
    return _mm512_fnmadd_ps(_mm512_mul_ps(u, p), bell, _mm512_max_ps(_mm512_setzero_ps(), x));
}

static CK_INLINE __m512 load(const Bits *x, __mmask16 mask) { return widen(_mm256_maskz_loadu_epi16(mask, x)); }
// Masked stores are slow on some processors; only ends of rows need them.
static CK_INLINE void store(Bits *x, __mmask16 mask, __m512 value) {
    if (mask == 0xffff) _mm256_storeu_si256(reinterpret_cast<__m256i *>(x), narrow(value));
    else _mm256_mask_storeu_epi16(x, mask, narrow(value));
}

static CK_INLINE __m512 load(const float *x, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, x); }
static CK_INLINE void store(float *x, __mmask16 mask, __m512 value) {
    if (mask == 0xffff) _mm512_storeu_ps(x, value);
    else _mm512_mask_storeu_ps(x, mask, value);
}

// Calls `some(c, mask)` for all places below `width`, 16 at a time.
template <class Some> static CK_INLINE void each(int64_t width, Some some) {
    int64_t c = 0;
    for (; c + 16 <= width; c += 16) some(c, static_cast<__mmask16>(0xffff));
    if (c < width) some(c, first(width - c));
}
// Calls `pair(c)` for every 32 places below `width`, and `some(c, mask)` for what is left, 16 at a time.
template <class Pair, class Some> static CK_INLINE void along(int64_t width, Pair pair, Some some) {
    int64_t c = 0;
    for (; c + 32 <= width; c += 32) pair(c);
    for (; c < width; c += 16) some(c, first(width - c));
}
// 32 numbers as two vectors of single precision.
struct Two {
    __m512 low, high;
};
static CK_INLINE Two load_two(const Bits *x) {
    const __m512i bits = _mm512_loadu_si512(x);
    return {widen_low(bits), widen_high(bits)};
}
static CK_INLINE void store_two(Bits *x, __m512 low, __m512 high) { _mm512_storeu_si512(x, narrow(low, high)); }

// Rows become columns, 16 × 16 dwords.
static CK_INLINE void transpose(__m512i (&r)[16]) {
    __m512i t[16];
    CK_UNROLL for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    CK_UNROLL for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    CK_UNROLL for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    CK_UNROLL for (int i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    }
}

}  // namespace darkroom::vectors
CK_END
#endif

// Vectors of 16 numbers, whatever the processor's registers hold, and small functions of them that several kernels use.
CK_SET_BEGIN
namespace darkroom::CK_SET::vectors {

using Vector = float __attribute__((vector_size(64)));
using Words = uint32_t __attribute__((vector_size(64)));
using Whole = int32_t __attribute__((vector_size(64)));
using Halves = Bits __attribute__((vector_size(32)));
using Bytes = int8_t __attribute__((vector_size(16)));

// How many of a vector's first lanes are meant.
using Lanes = int;
constexpr Lanes every = 16;
static CK_INLINE Lanes first(int64_t count) { return count >= every ? every : count <= 0 ? 0 : static_cast<Lanes>(count); }

static CK_INLINE Vector all(float x) { return Vector{x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
static CK_INLINE Vector zeros() { return Vector{}; }
static CK_INLINE Vector fma(Vector a, Vector b, Vector c) { return __builtin_elementwise_fma(a, b, c); }
// The second where one of them is no number.
static CK_INLINE Vector max(Vector a, Vector b) { return a > b ? a : b; }
static CK_INLINE Vector min(Vector a, Vector b) { return a < b ? a : b; }
static CK_INLINE Vector choose(Whole which, Vector yes, Vector no) { return which ? yes : no; }
// The lanes meant; `other` in the rest.
static CK_INLINE Vector keep(Vector x, Lanes lanes, Vector other) {
    return choose(Whole{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < lanes, x, other);
}
static CK_INLINE Vector keep(Vector x, Lanes lanes) { return lanes == every ? x : keep(x, lanes, zeros()); }

// From the ends to the middle, in one order everywhere.
template <class Join> static CK_INLINE float fold(Vector x, Join join) {
    x = join(x, __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1));
    x = join(x, __builtin_shufflevector(x, x, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    x = join(x, __builtin_shufflevector(x, x, 2, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    return join(x, __builtin_shufflevector(x, x, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1))[0];
}
static CK_INLINE float total(Vector x) { return fold(x, [](Vector a, Vector b) __attribute__((always_inline)) { return a + b; }); }
static CK_INLINE float greatest(Vector x) { return fold(x, [](Vector a, Vector b) __attribute__((always_inline)) { return max(a, b); }); }
static CK_INLINE float least(Vector x) { return fold(x, [](Vector a, Vector b) __attribute__((always_inline)) { return min(a, b); }); }

template <class V, class T> static CK_INLINE V load_as(const T *x) {
    V value;
    __builtin_memcpy(&value, x, sizeof value);
    return value;
}
template <class V, class T> static CK_INLINE V load_some_as(const T *x, Lanes lanes) {
    V value = {};
    __builtin_memcpy(&value, x, sizeof *x * static_cast<size_t>(lanes));
    return value;
}
static CK_INLINE Vector widen(Halves x) { return (Vector)(__builtin_convertvector(x, Words) << 16); }

static CK_INLINE Vector load(const float *x) { return load_as<Vector>(x); }
static CK_INLINE Vector load(const Bits *x) { return widen(load_as<Halves>(x)); }
static CK_INLINE Vector load(const int8_t *x) { return __builtin_convertvector(load_as<Bytes>(x), Vector); }
static CK_INLINE Words load(const uint32_t *x) { return load_as<Words>(x); }
static CK_INLINE void store(float *x, Vector value) { __builtin_memcpy(x, &value, sizeof value); }
static CK_INLINE void store(uint32_t *x, Words value) { __builtin_memcpy(x, &value, sizeof value); }

#if CK_WIDE
static CK_INLINE Halves narrow(Vector x) { return (Halves)_mm512_cvtneps_pbh(x); }
// 32 numbers, `low` first.
static CK_INLINE Words narrow(Vector low, Vector high) { return (Words)_mm512_cvtne2ps_pbh(high, low); }
// c + the products of 16 pairs of bf16, pair by pair.
static CK_INLINE Vector dot(Vector c, Words a, Words b) { return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b); }
// x · 2^whole; by definition right where `whole` is infinite, whatever x is.
static CK_INLINE Vector scale(Vector x, Vector whole) { return _mm512_scalef_ps(x, whole); }
static CK_INLINE Vector finite_power(Vector x) { return x; }

// Masked stores are slow on some processors; only ends of rows need them.
static CK_INLINE __mmask16 mask(Lanes lanes) { return static_cast<__mmask16>((1u << lanes) - 1); }
static CK_INLINE Vector load_some(const float *x, Lanes lanes) { return _mm512_maskz_loadu_ps(mask(lanes), x); }
static CK_INLINE Halves load_some_halves(const Bits *x, Lanes lanes) { return (Halves)_mm256_maskz_loadu_epi16(mask(lanes), x); }
static CK_INLINE Words load_some(const uint32_t *x, Lanes lanes) { return (Words)_mm512_maskz_loadu_epi32(mask(lanes), x); }
static CK_INLINE void store_some(float *x, Lanes lanes, Vector value) { _mm512_mask_storeu_ps(x, mask(lanes), value); }
static CK_INLINE void store_some(Bits *x, Lanes lanes, Halves value) { _mm256_mask_storeu_epi16(x, mask(lanes), (__m256i)value); }
#else
// To the nearest, to even where two are as near; what is no number stays none.
static CK_INLINE Halves narrow(Vector x) {
    const Words bits = (Words)x, rounded = bits + 0x7fff + (bits >> 16 & 1);
    return __builtin_convertvector((x == x ? rounded : Words{} + 0x7fc00000) >> 16, Halves);
}
// The powers of two that single precision has end before; nothing infinite is left.
static CK_INLINE Vector finite_power(Vector x) { return min(all(200), max(all(-200), x)); }
// x · 2^whole, for |x| near 1: nothing below 2^-126.
static CK_INLINE Vector scale(Vector x, Vector whole) {
    const Whole exponent = __builtin_convertvector(min(all(128), max(all(-127), whole)), Whole) + 127;
    return x * (Vector)(exponent << 23);
}

static CK_INLINE Vector load_some(const float *x, Lanes lanes) { return load_some_as<Vector>(x, lanes); }
static CK_INLINE Halves load_some_halves(const Bits *x, Lanes lanes) { return load_some_as<Halves>(x, lanes); }
static CK_INLINE Words load_some(const uint32_t *x, Lanes lanes) { return load_some_as<Words>(x, lanes); }
static CK_INLINE void store_some(float *x, Lanes lanes, Vector value) { __builtin_memcpy(x, &value, sizeof *x * static_cast<size_t>(lanes)); }
static CK_INLINE void store_some(Bits *x, Lanes lanes, Halves value) { __builtin_memcpy(x, &value, sizeof *x * static_cast<size_t>(lanes)); }
#endif
static CK_INLINE void store(Bits *x, Vector value) {
    const Halves bits = narrow(value);
    __builtin_memcpy(x, &bits, sizeof bits);
}

static CK_INLINE Vector load(const float *x, Lanes lanes) { return lanes == every ? load(x) : load_some(x, lanes); }
static CK_INLINE Vector load(const Bits *x, Lanes lanes) { return lanes == every ? load(x) : widen(load_some_halves(x, lanes)); }
static CK_INLINE void store(float *x, Lanes lanes, Vector value) { lanes == every ? store(x, value) : store_some(x, lanes, value); }
static CK_INLINE void store(Bits *x, Lanes lanes, Vector value) { lanes == every ? store(x, value) : store_some(x, lanes, narrow(value)); }

// 2^x to a relative error of 7.5e-5 (a 26th of bf16's rounding): a cubic on [-½, ½], fitted for least largest error.
// NaN stays NaN, -∞ gives 0.
static CK_INLINE Vector exp2_coarse(Vector x) {
    x = max(all(-200.f), x);
    const Vector whole = __builtin_elementwise_roundeven(x), part = x - whole;
    Vector p = fma(all(0.05517165f), part, all(0.24261112f));
    p = fma(p, part, all(0.69326099f));
    p = fma(p, part, all(0.99992807f));
    return scale(p, whole);
}

// 2^x to 7.5e-8, NaN and infinities as in arithmetic.
static CK_INLINE Vector exp2_fine(Vector x) {
    x = finite_power(x);
    const Vector whole = __builtin_elementwise_roundeven(x), part = x - whole;
    Vector p = fma(all(0.00132764725f), part, all(0.00967554189f));
    p = fma(p, part, all(0.0555071309f));
    p = fma(p, part, all(0.240221202f));
    p = fma(p, part, all(0.693146944f));
    p = fma(p, part, all(1.00000012f));
    return scale(p, whole);
}
#if CK_WIDE
// 1 / x for positive normal x: 14 bits, and one step of Newton's.
static CK_INLINE Vector reciprocal(Vector x) {
    const Vector guess = _mm512_rcp14_ps(x);
    return guess * fma(-x, guess, all(2.f));
}
#else
static CK_INLINE Vector reciprocal(Vector x) { return all(1.f) / x; }
#endif
// 1 / (1 + e^-x). The exponent ends at 126, where the result is nothing beside bf16's smallest normal numbers.
static CK_INLINE Vector sigmoid(Vector x) {
    const Vector power = min(all(126.f), x * all(-1.44269504f));
    return reciprocal(exp2_fine(power) + all(1.f));
}
static CK_INLINE Vector silu(Vector x) { return x * sigmoid(x); }
// x · Φ(x), where Φ(-u) = e^(-u²/2) · a polynomial in 1 / (1 + 0.31 u), fitted for least largest relative error
// (7.5e-6): the far tail, where 1 + erf cancels, keeps its digits too.
static CK_INLINE Vector gelu(Vector x) {
    const Vector u = min(all(20.f), __builtin_elementwise_abs(x));
    const Vector t = reciprocal(fma(all(0.31f), u, all(1.f)));
    Vector p = fma(all(-0.072301567f), t, all(0.17591715f));
    p = fma(p, t, all(0.020498006f));
    p = fma(p, t, all(0.13110671f));
    p = fma(p, t, all(0.12096515f));
    p = fma(p, t, all(0.12381748f));
    const Vector bell = exp2_fine(u * u * all(-0.72134752f));
    return fma(-(u * (p * t)), bell, max(zeros(), x));
}

// Calls `some(c, lanes)` for all places below `width`, 16 at a time.
template <class Some> static CK_INLINE void each(int64_t width, Some some) {
    int64_t c = 0;
    for (; c + 16 <= width; c += 16) some(c, every);
    if (c < width) some(c, first(width - c));
}

// Rows become columns, 16 × 16 dwords.
static CK_INLINE void transpose(Words (&r)[16]) {
    Words t[16];
    CK_UNROLL for (int i = 0; i < 8; i++) {
        const Words a = r[2 * i], b = r[2 * i + 1];
        t[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        t[2 * i + 1] = __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    const auto low = [](Words a, Words b) __attribute__((always_inline)) {
        return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    };
    const auto high = [](Words a, Words b) __attribute__((always_inline)) {
        return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    };
    // Quarters 0 and 2 of both, and 1 and 3.
    const auto even = [](Words a, Words b) __attribute__((always_inline)) {
        return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    };
    const auto odd = [](Words a, Words b) __attribute__((always_inline)) {
        return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    };
    CK_UNROLL for (int i = 0; i < 4; i++) {
        r[4 * i] = low(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = high(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = low(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = high(t[4 * i + 1], t[4 * i + 3]);
    }
    CK_UNROLL for (int i = 0; i < 4; i++) {
        t[i] = even(r[i], r[i + 4]);
        t[i + 4] = odd(r[i], r[i + 4]);
        t[i + 8] = even(r[i + 8], r[i + 12]);
        t[i + 12] = odd(r[i + 8], r[i + 12]);
    }
    CK_UNROLL for (int i = 0; i < 8; i++) {
        r[i] = even(t[i], t[i + 8]);
        r[i + 8] = odd(t[i], t[i + 8]);
    }
}

}  // namespace darkroom::CK_SET::vectors
CK_END

// Layer norm row by row, forwards and backwards.
//
// n = w · (x − mean) / deviation + b;  z = n · (1 + scale) + shift;  y = z · sigmoid(z), as far as asked.
namespace darkroom::CK_SET::layer_norm {

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

CK_SET_BEGIN
using namespace vectors;

struct Moments {
    float mean, factor;
};

// Mean, and what deviations are multiplied by. The row stays in the first cache between the passes.
template <class T> CK_INLINE Moments moments(const T *x, int64_t width, float epsilon) {
    Vector sum = zeros();
    each(width, [&](int64_t c, Lanes lanes) { sum = sum + load(x + c, lanes); });
    const float mean = total(sum) / static_cast<float>(width);
    const Vector middle = all(mean);
    sum = zeros();
    each(width, [&](int64_t c, Lanes lanes) {
        const Vector d = keep(load(x + c, lanes) - middle, lanes);
        sum = fma(d, d, sum);
    });
    return {mean, 1 / std::sqrt(total(sum) / static_cast<float>(width) + epsilon)};
}

template <bool modulated, bool silu, class T> void apply_rows(const Problem<T> &p, int64_t first, int64_t last, T *out) {
    const int64_t width = p.width;
    for (int64_t row = first; row < last; row++) {
        const T *x = p.x + row * width;
        T *y = out + row * width;
        const Moments m = moments(x, width, p.epsilon);
        const Vector factor = all(m.factor), minus = all(-m.mean * m.factor), one = all(1);
        const T *scale = modulated ? p.scales(row) : nullptr;
        each(width, [=](int64_t c, Lanes lanes) {
            const Vector normal = fma(load(x + c, lanes), factor, minus);
            Vector z = fma(normal, load(p.weight + c, lanes), load(p.bias + c, lanes));
            if constexpr (modulated) {
                z = fma(z, one + load(scale + c, lanes), load(scale + width + c, lanes));
            }
            store(y + c, lanes, silu ? vectors::silu(z) : z);
        });
    }
}

template <class T> void apply(const Problem<T> &p, int64_t first, int64_t last, T *out) {
    if (p.modulation) p.silu ? apply_rows<true, true>(p, first, last, out) : apply_rows<true, false>(p, first, last, out);
    else p.silu ? apply_rows<false, true>(p, first, last, out) : apply_rows<false, false>(p, first, last, out);
}

// Adds `value` to the numbers at `sum`.
CK_INLINE void add(float *sum, Lanes lanes, Vector value) { store(sum, lanes, load(sum, lanes) + value); }

// Back through the norm of one row, whose deviations were multiplied by `factor`: from its `slopes`, times the weights, and its
// `normals`; `sum` and `product` are the lanes' sums of the slopes and of slope times normal.
template <class T> CK_INLINE void descend(const float *normals, const float *slopes, Vector sum, Vector product, float factor, int64_t width, T *below) {
    const Vector mean = all(total(sum) / static_cast<float>(width));
    const Vector along = all(total(product) / static_cast<float>(width)), scale = all(factor);
    each(width, [=](int64_t c, Lanes lanes) {
        const Vector rest = load(slopes + c, lanes) - mean;
        store(below + c, lanes, scale * fma(-along, load(normals + c, lanes), rest));
    });
}

template <bool modulated, bool silu, class T>
void differentiate_rows(const Problem<T> &p, int64_t first, int64_t last, const T *above, T *below, float *sums, float *room) {
    const int64_t width = p.width;
    float *normals = room, *slopes = room + width;
    const Vector one = all(1);
    const T *scale = modulated ? p.scales(first) : nullptr;
    for (int64_t row = first; row < last; row++) {
        const T *x = p.x + row * width, *dy = above + row * width;
        T *dx = below + row * width;
        const Moments m = moments(x, width, p.epsilon);
        const Vector factor = all(m.factor), minus = all(-m.mean * m.factor);
        Vector sum = zeros(), product = zeros();
        each(width, [&](int64_t c, Lanes lanes) {
            const Vector normal = keep(fma(load(x + c, lanes), factor, minus), lanes), weight = load(p.weight + c, lanes);
            const Vector n = fma(normal, weight, load(p.bias + c, lanes));
            const Vector times = modulated ? one + load(scale + c, lanes) : one;
            Vector slope = load(dy + c, lanes);
            if constexpr (silu) {
                const Vector z = modulated ? fma(n, times, load(scale + width + c, lanes)) : n, share = sigmoid(z);
                // σ + z · σ · (1 − σ)
                slope = slope * (share * fma(z, one - share, one));
            }
            if constexpr (modulated) {
                add(sums + 2 * width + c, lanes, slope * n);
                add(sums + 3 * width + c, lanes, slope);
                slope = slope * times;
            }
            add(sums + c, lanes, slope * normal);
            add(sums + width + c, lanes, slope);
            slope = slope * weight;
            store(normals + c, lanes, normal);
            store(slopes + c, lanes, slope);
            sum = sum + slope;
            product = fma(slope, normal, product);
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

}  // namespace darkroom::CK_SET::layer_norm

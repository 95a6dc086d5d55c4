// Groups of channels normalised; channels last.
CK_SET_BEGIN
namespace darkroom::CK_SET::group_norm {
using namespace vectors;

// Sums of differences from `origin`, and of their squares, for `broad` times 16 channels.
template <int broad, class T>
CK_INLINE void sum_columns(const T *x, const T *origin, int64_t pixels, int64_t channels, float *sums, float *squares) {
    Vector zero[broad], sum[broad], square[broad];
    CK_UNROLL for (int v = 0; v < broad; v++) {
        zero[v] = load(origin + 16 * v);
        sum[v] = square[v] = zeros();
    }
    for (int64_t i = 0; i < pixels; i++, x += channels) {
        CK_UNROLL for (int v = 0; v < broad; v++) {
            const Vector d = load(x + 16 * v) - zero[v];
            sum[v] = sum[v] + d;
            square[v] = fma(d, d, square[v]);
        }
    }
    CK_UNROLL for (int v = 0; v < broad; v++) {
        store(sums + 16 * v, sum[v]);
        store(squares + 16 * v, square[v]);
    }
}

// Adds each channel's sum and sum of squares over the pixels, both of differences from the sample's first pixel, so
// that squares do not cancel when the mean is far from zero.
template <class T> void add_sums(const T *x, const T *origin, int64_t pixels, int64_t channels, double *sums, double *squares) {
    constexpr int broad = CK_WIDE ? 4 : 2;  // as many as registers hold
    alignas(64) float some[16 * broad], more[16 * broad];
    for (int64_t c = 0; c < channels;) {
        int64_t width = 16 * broad;
        if (channels - c >= width) {
            sum_columns<broad>(x + c, origin + c, pixels, channels, some, more);
        } else {
            width = std::min<int64_t>(16, channels - c);
            const Lanes lanes = first(width);
            const Vector zero = load(origin + c, lanes);
            Vector sum = zeros(), square = zeros();
            for (int64_t i = 0; i < pixels; i++) {
                const Vector d = load(x + i * channels + c, lanes) - zero;
                sum = sum + d;
                square = fma(d, d, square);
            }
            store(some, sum);
            store(more, square);
        }
        for (int64_t k = 0; k < width; k++) {
            sums[c + k] += some[k];
            squares[c + k] += more[k];
        }
        c += width;
    }
}

template <bool silu, class T> void apply(const T *x, const float *scale, const float *shift, T *out, int64_t pixels, int64_t channels) {
    for (int64_t i = 0; i < pixels; i++, x += channels, out += channels) {
        each(channels, [=](int64_t c, Lanes lanes) {
            const Vector y = fma(load(x + c, lanes), load(scale + c, lanes), load(shift + c, lanes));
            store(out + c, lanes, silu ? vectors::silu(y) : y);
        });
    }
}

static inline double number(float x) { return x; }
static inline double number(Bits x) {
    const uint32_t bits = static_cast<uint32_t>(x) << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

template <class T>
at::Tensor fused(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon,
                 const std::optional<at::Tensor> &shift, bool silu) {
    const int64_t batch = x.size(0), channels = x.size(1), pixels = x.size(2) * x.size(3), width = channels / groups;
    auto out = at::empty_like(x);
    const auto data = [](const at::Tensor &t) { return static_cast<const T *>(t.const_data_ptr()); };
    const auto *from = data(x), *shifts = shift ? data(*shift) : nullptr;
    const auto weights = numbers(weight), biases = numbers(bias);
    auto *to = static_cast<T *>(out.mutable_data_ptr());

    // A run of pixels is summed in single precision, while it is in the first cache; runs in double precision.
    // Each part of a sample has sums of its own, so that the result does not depend on how many threads there are.
    const int64_t run = std::max<int64_t>(8, 16384 / channels), parts = std::min<int64_t>(16, (pixels + run - 1) / run), part = (pixels + parts - 1) / parts;
    std::vector<double> sums(static_cast<size_t>(batch * parts * 2 * channels));
    parallel_for(0, batch * parts, 1, [&](int64_t first, int64_t last) {
        for (int64_t k = first; k < last; k++) {
            const int64_t b = k / parts, begin = k % parts * part, end = std::min(pixels, begin + part);
            const auto *sample = from + b * pixels * channels;
            double *sum = sums.data() + k * 2 * channels;
            for (int64_t p = begin; p < end; p += run) {
                add_sums(sample + p * channels, sample, std::min(run, end - p), channels, sum, sum + channels);
            }
        }
    });
    std::vector<float> scales(static_cast<size_t>(batch * 2 * channels));
    for (int64_t b = 0; b < batch; b++) {
        const auto *origin = from + b * pixels * channels;
        float *scale = scales.data() + b * 2 * channels;
        for (int64_t g = 0; g < groups; g++) {
            const double count = static_cast<double>(pixels * width);
            double mean = 0, square = 0;
            const auto moments = [&](int64_t c, double &sum, double &squares) {
                sum = squares = 0;
                for (int64_t k = 0; k < parts; k++) {
                    const double *part_sums = sums.data() + (b * parts + k) * 2 * channels;
                    sum += part_sums[c];
                    squares += part_sums[channels + c];
                }
            };
            const auto zero = [&](int64_t c) { return number(origin[c]) + (shifts ? number(shifts[b * channels + c]) : 0); };
            for (int64_t c = g * width; c < (g + 1) * width; c++) {
                double sum, squares;
                moments(c, sum, squares);
                mean += sum + zero(c) * static_cast<double>(pixels);
            }
            mean /= count;
            for (int64_t c = g * width; c < (g + 1) * width; c++) {
                double sum, squares;
                moments(c, sum, squares);
                const double away = zero(c) - mean;
                square += squares + 2 * away * sum + away * away * static_cast<double>(pixels);
            }
            const double factor = 1 / std::sqrt(std::max(square / count, 0.0) + epsilon);
            for (int64_t c = g * width; c < (g + 1) * width; c++) {
                const double a = factor * weights[c], own = shifts ? number(shifts[b * channels + c]) : 0;
                scale[c] = static_cast<float>(a);
                scale[channels + c] = static_cast<float>(biases[c] + (own - mean) * a);
            }
        }
    }
    parallel_for(0, batch * parts, 1, [&](int64_t first, int64_t last) {
        for (int64_t k = first; k < last; k++) {
            const int64_t b = k / parts, begin = k % parts * part, end = std::min(pixels, begin + part), place = (b * pixels + begin) * channels;
            const float *scale = scales.data() + b * 2 * channels;
            if (end <= begin) continue;
            if (silu) apply<true>(from + place, scale, scale + channels, to + place, end - begin, channels);
            else apply<false>(from + place, scale, scale + channels, to + place, end - begin, channels);
        }
    });
    return out;
}

}  // namespace darkroom::CK_SET::group_norm
CK_END

// darkroom::group_norm: groups of channels normalised, scaled and shifted, with what stands before and after it in a
// residual block: a shift a channel (the time embedding) and SiLU. Channels last: every pixel's channels lie together.
#include <ATen/Functions.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "parallel.hpp"
#include "usable.hpp"
#include "vectors.hpp"

namespace darkroom::group_norm {
namespace {

using MaybeTensor = std::optional<at::Tensor>;

at::Tensor stock(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &shift,
                 bool silu) {
    const auto shifted = shift ? at::add(x, shift->unsqueeze(-1).unsqueeze(-1)) : x;
    const auto y = at::group_norm(shifted, groups, weight, bias, epsilon);
    return silu ? at::silu(y) : y;
}

#if CK_X86
CK_VECTORS_BEGIN
// Sums of differences from `origin`, and of their squares, for `Vectors` times 32 channels.
template <int Vectors>
static CK_INLINE void sum_columns(const vectors::Bits *x, const vectors::Bits *origin, int64_t pixels, int64_t channels, float *sums, float *squares) {
    vectors::Two zero[Vectors], sum[Vectors], square[Vectors];
    CK_UNROLL for (int v = 0; v < Vectors; v++) {
        zero[v] = vectors::load_two(origin + 32 * v);
        sum[v] = square[v] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    }
    for (int64_t i = 0; i < pixels; i++, x += channels) {
        CK_UNROLL for (int v = 0; v < Vectors; v++) {
            const auto two = vectors::load_two(x + 32 * v);
            const __m512 low = _mm512_sub_ps(two.low, zero[v].low), high = _mm512_sub_ps(two.high, zero[v].high);
            sum[v] = {_mm512_add_ps(sum[v].low, low), _mm512_add_ps(sum[v].high, high)};
            square[v] = {_mm512_fmadd_ps(low, low, square[v].low), _mm512_fmadd_ps(high, high, square[v].high)};
        }
    }
    CK_UNROLL for (int v = 0; v < Vectors; v++) {
        _mm512_storeu_ps(sums + 32 * v, sum[v].low);
        _mm512_storeu_ps(sums + 32 * v + 16, sum[v].high);
        _mm512_storeu_ps(squares + 32 * v, square[v].low);
        _mm512_storeu_ps(squares + 32 * v + 16, square[v].high);
    }
}

// Adds each channel's sum and sum of squares over the pixels, both of differences from the sample's first pixel, so
// that squares do not cancel when the mean is far from zero.
void add_sums(const vectors::Bits *x, const vectors::Bits *origin, int64_t pixels, int64_t channels, double *sums, double *squares) {
    alignas(64) float some[64], more[64];
    for (int64_t c = 0; c < channels;) {
        int64_t width = 64;
        if (channels - c >= 64) {
            sum_columns<2>(x + c, origin + c, pixels, channels, some, more);
        } else if (channels - c >= 32) {
            width = 32;
            sum_columns<1>(x + c, origin + c, pixels, channels, some, more);
        } else {
            width = std::min<int64_t>(16, channels - c);
            const __mmask16 mask = vectors::first(width);
            const __m512 zero = vectors::load(origin + c, mask);
            __m512 sum = _mm512_setzero_ps(), square = _mm512_setzero_ps();
            for (int64_t i = 0; i < pixels; i++) {
                const __m512 d = _mm512_sub_ps(vectors::load(x + i * channels + c, mask), zero);
                sum = _mm512_add_ps(sum, d);
                square = _mm512_fmadd_ps(d, d, square);
            }
            _mm512_store_ps(some, sum);
            _mm512_store_ps(more, square);
        }
        for (int64_t k = 0; k < width; k++) {
            sums[c + k] += some[k];
            squares[c + k] += more[k];
        }
        c += width;
    }
}

template <bool Silu> void apply(const vectors::Bits *x, const float *scale, const float *shift, vectors::Bits *out, int64_t pixels, int64_t channels) {
    const auto finish = [](__m512 y) { return Silu ? vectors::silu(y) : y; };
    for (int64_t i = 0; i < pixels; i++, x += channels, out += channels) {
        vectors::along(
            channels,
            [=](int64_t c) {
                const auto two = vectors::load_two(x + c);
                const __m512 low = _mm512_fmadd_ps(two.low, _mm512_loadu_ps(scale + c), _mm512_loadu_ps(shift + c));
                const __m512 high = _mm512_fmadd_ps(two.high, _mm512_loadu_ps(scale + c + 16), _mm512_loadu_ps(shift + c + 16));
                vectors::store_two(out + c, finish(low), finish(high));
            },
            [=](int64_t c, __mmask16 mask) {
                const __m512 y = _mm512_fmadd_ps(vectors::load(x + c, mask), _mm512_maskz_loadu_ps(mask, scale + c), _mm512_maskz_loadu_ps(mask, shift + c));
                vectors::store(out + c, mask, finish(y));
            });
    }
}
CK_END

double number(vectors::Bits x) {
    const uint32_t bits = static_cast<uint32_t>(x) << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

at::Tensor fused(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &shift,
                 bool silu) {
    const int64_t batch = x.size(0), channels = x.size(1), pixels = x.size(2) * x.size(3), width = channels / groups;
    auto out = at::empty_like(x);
    const auto data = [](const at::Tensor &t) { return static_cast<const vectors::Bits *>(t.const_data_ptr()); };
    const auto *from = data(x), *shifts = shift ? data(*shift) : nullptr;
    const auto weights = numbers(weight), biases = numbers(bias);
    auto *to = static_cast<vectors::Bits *>(out.mutable_data_ptr());

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

#endif

at::Tensor group_norm(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon, const MaybeTensor &shift,
                      bool silu) {
#if CK_X86
    if (ck_level_in_use() >= CK_VECTORS && usable(x) && x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.numel() > 0 &&
        groups > 0 && x.size(1) % groups == 0 && usable_parameter(weight, x.size(1)) && usable_parameter(bias, x.size(1)) &&
        (!shift || (usable(*shift) && shift->is_contiguous() && shift->sizes() == x.sizes().slice(0, 2)))) {
        return fused(x, groups, weight, bias, epsilon, shift, silu);
    }
#endif
    return stock(x, groups, weight, bias, epsilon, shift, silu);
}

}  // namespace
}  // namespace darkroom::group_norm

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("group_norm(Tensor x, int groups, Tensor weight, Tensor bias, float epsilon, Tensor? shift, bool silu) -> Tensor",
                darkroom::group_norm::group_norm);
}

// x · weightᵀ + bias in single precision, with numbers of either type: whole tensors, on all threads.
#include "small_products.set.hpp"

CK_SET_BEGIN
namespace darkroom::CK_SET::widened {
using namespace vectors;

// Rows, results and depth of what is multiplied at once. A panel of weights stays in the first cache, a slice of the rows in the second.
constexpr int64_t group = CK_WIDE ? 96 : 192, strip = 64, slice = CK_WIDE ? 64 : 256, panel = CK_WIDE ? 64 : 16;

// Rows of a group in slices, each `[rows][depth]`.
template <class T> void widen_group(const T *from, int64_t rows, int64_t in, float *to) {
    for (int64_t c = 0; c < in; c += slice) {
        const int64_t depth = std::min(slice, in - c);
        float *line = to + rows * c;
        for (int64_t row = 0; row < rows; row++, line += depth) {
            for (int64_t i = 0; i < depth; i += 16) store(line + i, load(from + row * in + c + i));
        }
    }
}

static void pack(const Bits *matrix, int64_t out, int64_t in, Bits *packed) {
    for (int64_t k = 0; k < out; k += 16) {
        for (int64_t c = 0; c < in; c += 16) {
            Words r[16];
            CK_UNROLL for (int i = 0; i < 16; i++) r[i] = (Words)load(matrix + (k + i) * in + c);
            transpose(r);
            CK_UNROLL for (int i = 0; i < 16; i++) store(packed + k * in + (c + i) * 16, (Vector)r[i]);
        }
    }
}

// `depth` rows of `columns` weights, as they are multiplied.
template <class W> void widen_weights(const W *packed, int64_t in, int64_t depth, int64_t columns, float *room) {
    for (int64_t k = 0; k < columns; k += 16) {
        for (int64_t i = 0; i < depth; i++) store(room + i * columns + k, load(packed + k * in + i * 16));
    }
}

// Rows `first…last` of the results `begin…begin + columns`; `weights` has room for a slice of a panel, `sums` for a strip of the rows.
template <class T, class W>
void multiply(const float *x, int64_t in, int64_t first, int64_t last, const W *packed, int64_t begin, int64_t columns, small::Finish finish, float *weights,
              float *sums, T *results, int64_t out) {
    for (int64_t c = 0; c < in; c += slice) {
        const int64_t depth = std::min(slice, in - c);
        const auto product = c == 0 ? small::multiply<false> : small::multiply<true>;
        for (int64_t k = 0; k < columns; k += panel) {
            const int64_t broad = std::min(panel, columns - k);
            widen_weights(packed + (begin + k) * in + c * 16, in, depth, broad, weights);
            product(x + first * in + c * (last - first), {depth, 1}, weights, broad, last - first, broad, depth, sums + k, columns);
        }
    }
    for (int64_t row = first; row < last; row++) {
        for (int64_t k = 0; k < columns; k += 16) {
            const Vector sum = load(sums + (row - first) * columns + k);
            store(results + row * out + begin + k, fma(sum, finish.factor(begin + k), finish.shift(begin + k)));
        }
    }
}

static inline at::Tensor floats(int64_t count) { return at::empty({count}, at::kFloat); }
template <class T> T *room(const at::Tensor &x) { return static_cast<T *>(x.mutable_data_ptr()); }

static at::Tensor packed(const at::Tensor &weight) {
    const auto matrix = weight.contiguous();
    auto result = at::empty({weight.size(0) / 16, weight.size(1), 16}, matrix.options());
    pack(static_cast<const Bits *>(matrix.const_data_ptr()), weight.size(0), weight.size(1), room<Bits>(result));
    return result;
}

// Numbers of type T with weights of type W.
template <class T, class W>
at::Tensor product(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &scale, const std::optional<at::Tensor> &bias) {
    const int64_t in = packed.size(1), out = packed.size(0) * 16;
    auto shape = x.sizes().vec();
    shape.back() = out;
    auto result = at::empty(shape, x.options().memory_format(at::MemoryFormat::Contiguous));
    const int64_t rows = x.numel() / in, groups = (rows + group - 1) / group, strips = (out + strip - 1) / strip;
    const auto plain_x = x.contiguous(), wide = floats(rows * in);
    const std::vector<float> factors = scale ? numbers(*scale) : std::vector<float>(), shift = bias ? numbers(*bias) : std::vector<float>();
    const small::Finish finish{scale ? factors.data() : nullptr, bias ? shift.data() : nullptr};
    const auto *from = static_cast<const T *>(plain_x.const_data_ptr());
    parallel_for(0, groups, 1, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; i++) {
            widen_group(from + i * group * in, std::min(group, rows - i * group), in, room<float>(wide) + i * group * in);
        }
    });
    parallel_for(0, groups * strips, 1, [&](int64_t first, int64_t last) {
        const auto weights = floats(slice * panel), sums = floats(group * strip);
        for (int64_t i = first; i < last; i++) {
            // Strip after strip for the same rows where the rows are many, so that they are read once.
            const int64_t row = i / strips * group, begin = i % strips * strip;
            multiply(room<float>(wide), in, row, std::min(rows, row + group), static_cast<const W *>(packed.const_data_ptr()), begin,
                     std::min(strip, out - begin), finish, room<float>(weights), room<float>(sums), room<T>(result), out);
        }
    });
    return result;
}

static at::Tensor linear(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &bias) {
    return product<Bits, Bits>(x, packed, std::nullopt, bias);
}
template <class T>
at::Tensor linear_of_bytes(const at::Tensor &x, const at::Tensor &packed, const at::Tensor &scale, const std::optional<at::Tensor> &bias) {
    return product<T, int8_t>(x, packed, scale, bias);
}

}  // namespace darkroom::CK_SET::widened
CK_END

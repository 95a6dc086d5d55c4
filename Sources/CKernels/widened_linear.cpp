#include "widened_linear.hpp"

#include <ATen/Functions.h>

#include <algorithm>

#include "parallel.hpp"
#include "small_products.hpp"
#include "usable.hpp"

namespace darkroom::widened {
namespace {

#if CK_X86
using vectors::Bits;

// Rows, results and depth of what is multiplied at once: a strip of weights stays in the first two caches.
constexpr int64_t group = 96, strip = 64, slice = 64;

CK_VECTORS_BEGIN

// Rows of a group in slices, each `[rows][depth]`.
void widen_group(const Bits *from, int64_t rows, int64_t in, float *to) {
    for (int64_t c = 0; c < in; c += slice) {
        const int64_t depth = std::min(slice, in - c);
        float *line = to + rows * c;
        for (int64_t row = 0; row < rows; row++, line += depth) {
            for (int64_t i = 0; i < depth; i += 16) _mm512_storeu_ps(line + i, vectors::load(from + row * in + c + i, 0xffff));
        }
    }
}

void pack(const Bits *matrix, int64_t out, int64_t in, Bits *packed) {
    for (int64_t k = 0; k < out; k += 16) {
        for (int64_t c = 0; c < in; c += 16) {
            __m512i r[16];
            CK_UNROLL for (int i = 0; i < 16; i++) r[i] = _mm512_castps_si512(vectors::load(matrix + (k + i) * in + c, 0xffff));
            vectors::transpose(r);
            CK_UNROLL for (int i = 0; i < 16; i++) vectors::store(packed + k * in + (c + i) * 16, 0xffff, _mm512_castsi512_ps(r[i]));
        }
    }
}

// Rows `first…last` of the results `begin…begin + columns`; `weights` has room for a slice of a strip, `sums` for a strip of the rows.
void multiply(const float *x, int64_t in, int64_t first, int64_t last, const Bits *packed, int64_t begin, int64_t columns, const float *bias, float *weights,
              float *sums, Bits *results, int64_t out) {
    for (int64_t c = 0; c < in; c += slice) {
        const int64_t depth = std::min(slice, in - c);
        for (int64_t k = 0; k < columns; k += 16) {
            const Bits *panel = packed + (begin + k) * in + c * 16;
            for (int64_t i = 0; i < depth; i++) _mm512_storeu_ps(weights + i * columns + k, vectors::load(panel + i * 16, 0xffff));
        }
        const auto product = c == 0 ? small::multiply<false> : small::multiply<true>;
        product(x + first * in + c * (last - first), {depth, 1}, weights, columns, last - first, columns, depth, sums, columns);
    }
    for (int64_t row = first; row < last; row++) {
        for (int64_t k = 0; k < columns; k += 16) {
            __m512 value = _mm512_loadu_ps(sums + (row - first) * columns + k);
            if (bias) value = _mm512_add_ps(value, _mm512_loadu_ps(bias + begin + k));
            vectors::store(results + row * out + begin + k, 0xffff, value);
        }
    }
}

CK_END

at::Tensor floats(int64_t count) { return at::empty({count}, at::kFloat); }
template <class T> T *room(const at::Tensor &x) { return static_cast<T *>(x.mutable_data_ptr()); }
#endif

}  // namespace

#if CK_X86
bool gains(const at::Tensor &weight) {
    return ck_multiplies_in_single() && ck_level_in_use() >= CK_VECTORS && plain(weight) && weight.scalar_type() == at::kBFloat16 && weight.dim() == 2 &&
           weight.numel() > 0 && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0;
}

at::Tensor packed(const at::Tensor &weight) {
    const auto matrix = weight.contiguous();
    auto result = at::empty({weight.size(0) / 16, weight.size(1), 16}, matrix.options());
    pack(static_cast<const Bits *>(matrix.const_data_ptr()), weight.size(0), weight.size(1), room<Bits>(result));
    return result;
}

bool is_packed(const at::Tensor &weight) { return weight.dim() == 3; }

at::Tensor linear(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &bias) {
    const int64_t in = packed.size(1), out = packed.size(0) * 16;
    TORCH_CHECK(x.dim() > 0 && x.scalar_type() == at::kBFloat16 && x.size(-1) == in, "a packed linear map of ", packed.sizes(), " wants bf16 [..., ", in,
                "], not ", x.scalar_type(), " ", x.sizes());
    TORCH_CHECK(!bias || plain_parameter(*bias, out), "the bias of a packed linear map of ", packed.sizes(), " is one number for each result");
    auto shape = x.sizes().vec();
    shape.back() = out;
    auto result = at::empty(shape, x.options().memory_format(at::MemoryFormat::Contiguous));
    const int64_t rows = x.numel() / in, groups = (rows + group - 1) / group, strips = (out + strip - 1) / strip;
    const auto plain_x = x.contiguous(), wide = floats(rows * in);
    const std::vector<float> shift = bias ? numbers(*bias) : std::vector<float>();
    const auto *from = static_cast<const Bits *>(plain_x.const_data_ptr());
    parallel_for(0, groups, 1, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; i++) {
            widen_group(from + i * group * in, std::min(group, rows - i * group), in, room<float>(wide) + i * group * in);
        }
    });
    parallel_for(0, groups * strips, 1, [&](int64_t first, int64_t last) {
        const auto weights = floats(slice * strip), sums = floats(group * strip);
        for (int64_t i = first; i < last; i++) {
            // Strip after strip for the same rows where the rows are many, so that they are read once.
            const int64_t row = i / strips * group, begin = i % strips * strip;
            multiply(room<float>(wide), in, row, std::min(rows, row + group), static_cast<const Bits *>(packed.const_data_ptr()), begin,
                     std::min(strip, out - begin), bias ? shift.data() : nullptr, room<float>(weights), room<float>(sums), room<Bits>(result), out);
        }
    });
    return result;
}
#else
bool gains(const at::Tensor &) { return false; }
at::Tensor packed(const at::Tensor &weight) { return weight; }
bool is_packed(const at::Tensor &) { return false; }
at::Tensor linear(const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &) { TORCH_CHECK(false, "matrices are not packed on this processor"); }
#endif

}  // namespace darkroom::widened

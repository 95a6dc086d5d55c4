// Queries, keys and values of bf16 laid out in pairs. Keys and values are packed once a head:
//   keys    [block of 32 keys][pair of channels][32 keys]: dword = two neighbouring channels of a key;
//   values  [pair of keys][channel]: dword = one channel of two neighbouring keys.
// What is missing at the ends is zero.
CK_SET_BEGIN
namespace darkroom::CK_SET::attention {

// Dwords of two bf16 each.
static CK_INLINE Words load_words(const Bits *x, Lanes lanes) { return load_some(reinterpret_cast<const uint32_t *>(x), lanes); }

static inline void pack_keys(const Bits *keys, int64_t stride, int64_t count, int64_t width, int64_t pairs, uint32_t *out) {
    for (int64_t j = 0; j < round_up(count, 32); j += 16) {
        uint32_t *to = out + j / 32 * pairs * 32 + j % 32;
        for (int64_t p = 0; p < pairs; p += 16) {
            const Lanes lanes = first(width / 2 - p);
            Words r[16];
            CK_UNROLL for (int i = 0; i < 16; i++) {
                r[i] = j + i < count ? load_words(keys + (j + i) * stride + p * 2, lanes) : Words{};
            }
            transpose(r);
            CK_UNROLL for (int i = 0; i < 16; i++) {
                if (p + i < pairs) store(to + (p + i) * 32, r[i]);
            }
        }
    }
}

static inline void pack_values(const Bits *values, int64_t stride, int64_t count, int64_t width, int64_t columns, uint32_t *out) {
    for (int64_t j = 0; j < round_up(count, 32); j += 2) {
        for (int64_t c = 0; c < columns; c += 16) {
            const Lanes lanes = first(width - c);
            const Bits *from = values + j * stride + c;
            const Halves even = j < count ? load_some_halves(from, lanes) : Halves{};
            const Halves odd = j + 1 < count ? load_some_halves(from + stride, lanes) : Halves{};
            store(out + j / 2 * columns + c, __builtin_convertvector(even, Words) | __builtin_convertvector(odd, Words) << 16);
        }
    }
}

// What the engines that multiply pairs have in common.
struct PairEngine {
    using Number = Bits;
    using Word = uint32_t;
    static constexpr int keys_a_row = 2;

    template <int rows, int query_words> static Layout layout(const Problem<Bits> &p, int64_t pairs, int block) {
        const int64_t columns = round_up(p.width, 16), keys = round_up(p.keys, 32);
        return {rows * pairs * query_words, pairs, keys * pairs, keys / 2 * columns, columns, block};
    }
    static void pack_head(const Problem<Bits> &p, const Layout &l, int64_t head, uint32_t *keys, uint32_t *values) {
        const int64_t b = head / p.heads, column = head % p.heads * p.width;
        pack_keys(p.key.base + b * p.key.batch + column, p.key.token, p.keys, p.width, l.depth, keys);
        pack_values(p.value.base + b * p.value.batch + column, p.value.token, p.keys, p.width, l.columns, values);
    }
};

// Weights in bf16.
template <int rows> struct alignas(64) ShortWeights {
    static constexpr int row = weight_row;
    Bits weights[rows * weight_row];
    Bits *of(float *) { return weights; }
};

}  // namespace darkroom::CK_SET::attention
CK_END

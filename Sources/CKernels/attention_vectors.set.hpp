// The two products of attention in AVX-512: twelve queries at a time, accumulators in registers. Keys and values lie in pairs of bf16;
// pairs are multiplied as such, or taken apart in registers and multiplied in single precision, where that is faster.
CK_SET_BEGIN
namespace darkroom::CK_SET::attention {

// A factor is what a query or a weight puts before a pair of keys' or values' numbers: one of its pairs, broadcast.
struct ShortProducts {
    using Factors = uint32_t;
    using Pair = Words;
    static constexpr int query_words = 1, most_vectors = 6;

    static CK_INLINE Pair load(const uint32_t *words) { return vectors::load(words); }
    static CK_INLINE Vector add(Vector sum, const uint32_t *factors, Pair pair) {
        return dot(sum, Words{} + *factors, pair);
    }
    static CK_INLINE void widen(uint32_t pair, uint32_t *factors) { *factors = pair; }
    // Weights as they are: a row of pairs.
    struct Weights {
        const uint32_t *all;
        static constexpr int row = weight_row / 2;
        Weights(const Bits *weights, int, int) : all(reinterpret_cast<const uint32_t *>(weights)) {}
    };
};

struct SingleProducts {
    using Factors = float;
    struct Pair {
        Vector first, second;
    };
    static constexpr int query_words = 2, most_vectors = 4;

    static CK_INLINE Pair load(const uint32_t *words) {
        const Words pair = vectors::load(words);
        return {(Vector)(pair << 16), (Vector)(pair & 0xffff0000)};
    }
    static CK_INLINE Vector add(Vector sum, const float *factors, Pair pair) {
        sum = fma(all(factors[0]), pair.first, sum);
        return fma(all(factors[1]), pair.second, sum);
    }
    static CK_INLINE void widen(uint32_t pair, uint32_t *factors) {
        factors[0] = pair << 16;
        factors[1] = pair & 0xffff0000;
    }
    // Weights widened once for all that they are multiplied with.
    struct Weights {
        static constexpr int row = weight_row, most_rows = 12;
        alignas(64) float all[most_rows * weight_row];
        Weights(const Bits *weights, int rows, int keys) {
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < keys; j += 16) {
                    store(all + r * weight_row + j, vectors::load(weights + r * weight_row + j));
                }
            }
        }
    };
};

template <class Products> struct VectorEngine : PairEngine {
    struct Session {};
    using Factors = typename Products::Factors;
    static constexpr int rows = 12, query_words = Products::query_words;
    using Weights = ShortWeights<rows>;
    // A block is what stays in a cache of 48 KiB beside the scores.
    static Layout layout(const Problem<Bits> &p) {
        return PairEngine::layout<rows, query_words>(p, p.width / 2, p.width <= 48 ? 256 : p.width <= 96 ? 128 : p.width <= 192 ? 64 : 32);
    }

    // [pair][row]: the factors of a pair of channels for each query, so that they are broadcast from consecutive memory.
    static void pack_queries(const Bits *query, int64_t stride, int count, int64_t, const Layout &l, uint32_t *out) {
        for (int r = 0; r < rows; r++) {
            for (int64_t p = 0; p < l.depth; p++) {
                uint32_t pair = 0;
                if (r < count) memcpy(&pair, query + r * stride + 2 * p, 4);
                Products::widen(pair, out + (p * rows + r) * query_words);
            }
        }
    }

    static void scores(const uint32_t *query, const uint32_t *keys, int64_t pairs, int count, float *out) {
        const auto *factors = reinterpret_cast<const Factors *>(query);
        for (int j = 0; j < count; j += 32) {
            const uint32_t *block = keys + j * pairs;
            if (count - j > 16) products<2>(factors, block, pairs, out + j);
            else products<1>(factors, block, pairs, out + j);
        }
    }

    static void mix(const Bits *weights, const uint32_t *values, int64_t columns, int keys, float *out) {
        const int pairs = (keys + 1) / 2;
        const typename Products::Weights factors(weights, rows, 2 * pairs);
        for (int64_t left = columns / 16, c = 0; left > 0;) {
            // As even parts as registers allow.
            const int64_t parts = (left + Products::most_vectors - 1) / Products::most_vectors, take = (left + parts - 1) / parts;
            switch (take) {
                case 1: mixed<12, 1>(factors.all, values + c, columns, pairs, out + c); break;
                case 2: mixed<12, 2>(factors.all, values + c, columns, pairs, out + c); break;
                case 3: mixed<6, 3>(factors.all, values + c, columns, pairs, out + c); break;
                case 4: mixed<Products::most_vectors == 4 ? 4 : 6, 4>(factors.all, values + c, columns, pairs, out + c); break;
                case 5: mixed<4, 5>(factors.all, values + c, columns, pairs, out + c); break;
                default: mixed<4, 6>(factors.all, values + c, columns, pairs, out + c); break;
            }
            left -= take;
            c += take * 16;
        }
    }

private:
    template <int Vectors>
    static __attribute__((noinline)) void products(const Factors *query, const uint32_t *keys, int64_t pairs, float *out) {
        Vector sums[rows][Vectors];
        CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) sums[r][n] = zeros();
        for (int64_t p = 0; p < pairs; p++, query += rows * query_words) {
            typename Products::Pair key[Vectors];
            CK_UNROLL for (int n = 0; n < Vectors; n++) key[n] = Products::load(keys + p * 32 + n * 16);
            CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                sums[r][n] = Products::add(sums[r][n], query + r * query_words, key[n]);
            }
        }
        CK_UNROLL for (int r = 0; r < rows; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
            store(out + r * score_row + n * 16, sums[r][n]);
        }
    }

    // Some: queries that share the accumulators with this many vectors of channels.
    template <int Some, int Vectors>
    static __attribute__((noinline)) void mixed(const Factors *weights, const uint32_t *values, int64_t columns, int pairs, float *out) {
        for (int from = 0; from < rows; from += Some) {
            float *to = out + from * columns;
            const Factors *weight = weights + from * Products::Weights::row;
            Vector sums[Some][Vectors];
            CK_UNROLL for (int r = 0; r < Some; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                sums[r][n] = load(to + r * columns + n * 16);
            }
            for (int p = 0; p < pairs; p++) {
                typename Products::Pair value[Vectors];
                CK_UNROLL for (int n = 0; n < Vectors; n++) value[n] = Products::load(values + p * columns + n * 16);
                CK_UNROLL for (int r = 0; r < Some; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                    sums[r][n] = Products::add(sums[r][n], weight + r * Products::Weights::row + p * query_words, value[n]);
                }
            }
            CK_UNROLL for (int r = 0; r < Some; r++) CK_UNROLL for (int n = 0; n < Vectors; n++) {
                store(to + r * columns + n * 16, sums[r][n]);
            }
        }
    }
};

}  // namespace darkroom::CK_SET::attention
CK_END

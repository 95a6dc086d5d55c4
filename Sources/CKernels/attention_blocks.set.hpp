// Attention without the matrix of weights: block-wise softmax with a running maximum (Milakov & Gimelshein 2018;
// Dao et al. 2022), for one group of queries against one block of keys at a time. An engine lays queries, keys and values out and
// does the two products.
CK_SET_BEGIN
namespace darkroom::CK_SET::attention {
using namespace vectors;

// A `[batch, token, heads · width]` view; strides in elements, the last axis dense.
template <class T> struct View {
    const T *base;
    int64_t batch, token;
};
template <class T> struct Problem {
    View<T> query, key, value;
    T *out;
    int64_t out_batch, out_token;
    int64_t batch, heads, queries, keys, width;
    float scale;
};

// Sizes that follow from a problem: words of a group of queries, of a key, and of the keys and values of a head; channels of a row of
// values or results; keys in a block.
struct Layout {
    int64_t query_words, depth, key_words, value_words, columns;
    int block;
};

constexpr int most_width = 512;            // channels of a head
constexpr int most_block = 256;            // keys in a block
constexpr int weight_row = most_block + 32;  // elements; not a power of two, so that rows spread over the cache
constexpr int score_row = most_block + 16;
constexpr int groups = 8;                  // groups of queries that share a block while it is in the cache

constexpr int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

// What is known of a group after some blocks: sum of weights and weighted values, both relative to 2^shift.
template <int Rows> struct alignas(64) Running {
    float shift[(Rows + 15) / 16 * 16];
    float sum[Rows][16];

    void start() {
        for (float &x : shift) x = -1e38f;  // not -∞: differences of shifts must stay numbers
        memset(sum, 0, sizeof sum);
    }
};

// Takes 32 weights to their place, and adds them to `sum`.
static CK_INLINE Vector put(float *to, Vector low, Vector high, Vector sum) {
    store(to, low);
    store(to + 16, high);
    return sum + low + high;
}
static CK_INLINE Vector power(float, Vector x) { return exp2_fine(x); }
static CK_INLINE Vector power(Bits, Vector x) { return exp2_coarse(x); }
#if CK_WIDE
// Sums are of rounded weights: a single key that outweighs all others then gives its value exactly.
static CK_INLINE Vector put(Bits *to, Vector low, Vector high, Vector sum) {
    const Words pair = narrow(low, high);
    __builtin_memcpy(to, &pair, sizeof pair);
    return dot(sum, pair, Words{} + 0x3f803f80);
}
#endif

// Scores of a block to weights 2^(score · scale - shift), exact enough for numbers of type T; the shift rises to the block's maximum
// first, so that the greatest weights, which matter most, are rounded least. `weights` may be the scores' own place.
template <class T, int Rows, class Weight>
static inline void softmax(const float *scores, int keys, float scale, Running<Rows> &running, Weight *weights, int row_of_weights, float *mixed,
                           int64_t columns) {
    const int whole = keys / 32 * 32;
    const Lanes low_lanes = first(keys - whole), high_lanes = first(keys - whole - 16);
    const Vector factor = all(scale), lowest = all(-3e38f);
    alignas(64) float shift[sizeof running.shift / 4], kept[sizeof running.shift / 4];
    memcpy(shift, running.shift, sizeof shift);
    for (int r = 0; r < Rows; r++) {
        const float *row = scores + r * score_row;
        Vector top = lowest, other = lowest;
        for (int j = 0; j < whole; j += 32) {
            top = max(top, load(row + j));
            other = max(other, load(row + j + 16));
        }
        if (low_lanes) {
            top = max(top, keep(load(row + whole), low_lanes, top));
            if (high_lanes) other = max(other, keep(load(row + whole + 16), high_lanes, other));
        }
        shift[r] = std::max(shift[r], greatest(max(top, other)) * scale);
    }
    for (size_t r = 0; r < sizeof shift / 4; r += 16) {
        const Vector fresh = load(shift + r), stale = load(running.shift + r);
        // Exactly one where nothing rose: this factor is applied once a block, and errors in it would add up.
        store(kept + r, choose(fresh == stale, all(1), exp2_fine(max(all(-200), stale - fresh))));
        store(running.shift + r, fresh);
    }
    for (int r = 0; r < Rows; r++) {
        const float *row = scores + r * score_row;
        Weight *to = weights + r * row_of_weights;
        const Vector minus = all(-shift[r]);
        Vector sum = load(running.sum[r]) * all(kept[r]);
        if (kept[r] != 1) {
            float *values = mixed + r * columns;
            each(columns, [&](int64_t c, Lanes lanes) { store(values + c, lanes, all(kept[r]) * load(values + c, lanes)); });
        }
        for (int j = 0; j < whole; j += 32) {
            const Vector low = power(T(), fma(load(row + j), factor, minus)), high = power(T(), fma(load(row + j + 16), factor, minus));
            sum = put(to + j, low, high, sum);
        }
        if (low_lanes) {
            const Vector low = power(T(), fma(load(row + whole), factor, minus));
            const Vector high = high_lanes ? power(T(), fma(load(row + whole + 16), factor, minus)) : zeros();
            sum = put(to + whole, keep(low, low_lanes), keep(high, high_lanes), sum);
        }
        store(running.sum[r], sum);
    }
}

template <class Engine> struct alignas(64) Scratch {
    static constexpr int rows = Engine::rows;
    float scores[rows * score_row];
    typename Engine::Weights weights;
    Running<rows> running[groups];
    float mixed[groups * rows * most_width];
    typename Engine::Word query[groups * rows * most_width];
};

// Queries `from ..< to` of a head; at most groups · rows.
template <class Engine>
void attend(const Problem<typename Engine::Number> &p, const Layout &l, int64_t head, int64_t from, int64_t to, const typename Engine::Word *keys,
            const typename Engine::Word *values, Scratch<Engine> &s) {
    constexpr int rows = Engine::rows;
    const int64_t b = head / p.heads, column = head % p.heads * p.width;
    const int count = static_cast<int>((to - from + rows - 1) / rows);
    const auto *query = p.query.base + b * p.query.batch + from * p.query.token + column;
    for (int g = 0; g < count; g++) {
        const int64_t left = std::min<int64_t>(rows, to - from - g * rows);
        Engine::pack_queries(query + g * rows * p.query.token, p.query.token, static_cast<int>(left), p.width, l, s.query + g * l.query_words);
        s.running[g].start();
    }
    memset(s.mixed, 0, sizeof(float) * count * rows * l.columns);
    const float scale = p.scale * 1.44269504f;  // weights are powers of two
    for (int64_t j = 0; j < p.keys; j += l.block) {
        const int some = static_cast<int>(std::min<int64_t>(l.block, p.keys - j));
        for (int g = 0; g < count; g++) {
            float *mixed = s.mixed + g * rows * l.columns;
            Engine::scores(s.query + g * l.query_words, keys + j * l.depth, l.depth, some, s.scores);
            auto *weights = s.weights.of(s.scores);
            softmax<typename Engine::Number, rows>(s.scores, some, scale, s.running[g], weights, Engine::Weights::row, mixed, l.columns);
            Engine::mix(weights, values + j / Engine::keys_a_row * l.columns, l.columns, some, mixed);
        }
    }
    for (int64_t i = 0; i < to - from; i++) {
        const Vector factor = all(1 / total(load(s.running[i / rows].sum[i % rows])));
        auto *out = p.out + b * p.out_batch + (from + i) * p.out_token + column;
        each(p.width, [&](int64_t c, Lanes lanes) { store(out + c, lanes, factor * load(s.mixed + i * l.columns + c)); });
    }
}

}  // namespace darkroom::CK_SET::attention
CK_END

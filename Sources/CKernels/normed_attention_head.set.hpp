// One head of attention with normalised queries and keys, forwards and backwards, in the first caches.
//
// q̂ = norm(q), k̂ = norm(k);  p = softmax(q̂ · k̂ᵀ / √d + bias);  o = p · v. The backward pass makes all of it again.
namespace darkroom::CK_SET::normed_attention {

// Tokens of one sample, `[tokens, heads · d]`, as a projection leaves them.
template <class T> struct View {
    const T *data;
    int64_t sample, token;
};

struct Norm {
    const float *weight, *bias;
};

template <class T> struct Problem {
    View<T> query, key, value;
    int64_t batch, heads, queries, keys, width;
    Norm query_norm, key_norm;
    // `[heads, queries, keys]`, or null.
    const float *bias;
    float epsilon;
};

constexpr int64_t round_up(int64_t count) { return (count + 15) / 16 * 16; }

// The matrices of one head, in rows of a multiple of 16 numbers that end in zeros, and in a multiple of 16 rows.
struct Room {
    int64_t queries, keys, width, wide_keys, wide;
    std::vector<float> numbers;
    float *query, *key, *value, *turned, *scores, *mixed, *slopes, *spare;

    Room(int64_t queries, int64_t keys, int64_t width)
        : queries(queries), keys(keys), width(width), wide_keys(round_up(keys)), wide(round_up(width)) {
        const int64_t tall = round_up(queries), sizes[] = {tall * wide, wide_keys * wide, wide_keys * wide, wide * wide_keys,
                                                           tall * wide_keys, tall * wide, tall * wide_keys, std::max(tall, wide_keys) * wide};
        int64_t total = 0;
        for (const int64_t size : sizes) total += size;
        numbers.assign(static_cast<size_t>(total), 0);
        float *next = numbers.data();
        float **places[] = {&query, &key, &value, &turned, &scores, &mixed, &slopes, &spare};
        for (int i = 0; i < 8; i++) {
            *places[i] = next;
            next += sizes[i];
        }
    }
};

CK_SET_BEGIN
using namespace vectors;

template <class T> void gather(const T *from, int64_t step, int64_t rows, const Room &room, float *to) {
    for (int64_t i = 0; i < rows; i++) {
        each(room.width, [&](int64_t c, Lanes lanes) { store(to + i * room.wide + c, lanes, load(from + i * step + c, lanes)); });
    }
}

template <class T> void gather_normalised(const T *from, int64_t step, int64_t rows, const Room &room, Norm norm, float epsilon, float *to) {
    for (int64_t i = 0; i < rows; i++) {
        const T *x = from + i * step;
        const auto m = layer_norm::moments(x, room.width, epsilon);
        const Vector factor = all(m.factor), minus = all(-m.mean * m.factor);
        each(room.width, [&](int64_t c, Lanes lanes) {
            const Vector normal = fma(load(x + c, lanes), factor, minus);
            store(to + i * room.wide + c, lanes, fma(normal, load(norm.weight + c, lanes), load(norm.bias + c, lanes)));
        });
    }
}

// Scores become shares, row by row; what is beyond the keys becomes 0.
static inline void softmax(const Room &room, float scale, const float *bias) {
    const Vector log2e = all(1.44269504f), factor = all(scale);
    for (int64_t i = 0; i < room.queries; i++) {
        float *row = room.scores + i * room.wide_keys;
        Vector most = all(-INFINITY);
        each(room.keys, [&](int64_t c, Lanes lanes) {
            Vector score = load(row + c, lanes) * factor;
            if (bias) score = score + load(bias + i * room.keys + c, lanes);
            store(row + c, lanes, score);
            most = max(most, keep(score, lanes, most));
        });
        const Vector top = all(greatest(most));
        Vector sum = zeros();
        each(room.keys, [&](int64_t c, Lanes lanes) {
            const Vector power = exp2_fine((load(row + c, lanes) - top) * log2e);
            store(row + c, lanes, power);
            sum = sum + keep(power, lanes);
        });
        const Vector share = all(1 / total(sum));
        each(room.wide_keys, [&](int64_t c, Lanes lanes) { store(row + c, lanes, load(row + c, lanes) * share); });
    }
}

// Queries, keys, values and shares of a head.
template <class T> void prepare(const Problem<T> &p, int64_t sample, int64_t head, const Room &room) {
    const auto start = [=](View<T> x) { return x.data + sample * x.sample + head * p.width; };
    gather_normalised(start(p.query), p.query.token, p.queries, room, p.query_norm, p.epsilon, room.query);
    gather_normalised(start(p.key), p.key.token, p.keys, room, p.key_norm, p.epsilon, room.key);
    gather(start(p.value), p.value.token, p.keys, room, room.value);
    small::transpose(room.key, room.wide, room.wide_keys, room.wide, room.turned, room.wide_keys);
    small::multiply(room.query, {room.wide, 1}, room.turned, room.wide_keys, p.queries, room.wide_keys, p.width, room.scores, room.wide_keys);
    softmax(room, 1 / std::sqrt(static_cast<float>(p.width)), p.bias ? p.bias + head * p.queries * p.keys : nullptr);
}

template <class T> void attend(const Problem<T> &p, int64_t sample, int64_t head, const Room &room, T *out) {
    prepare(p, sample, head, room);
    small::multiply(room.scores, {room.wide_keys, 1}, room.value, room.wide, p.queries, room.wide, p.keys, room.mixed, room.wide);
    for (int64_t i = 0; i < p.queries; i++) {
        T *to = out + ((sample * p.queries + i) * p.heads + head) * p.width;
        each(p.width, [&](int64_t c, Lanes lanes) { store(to + c, lanes, load(room.mixed + i * room.wide + c, lanes)); });
    }
}

// Where the gradients go: `[batch, tokens, heads · d]` each, and the norms' weights and biases, `d` numbers each.
template <class T> struct Gradients {
    T *query, *key, *value;
    float *query_norm, *key_norm;
};

// Back through a norm: `slopes` of normalised rows, scaled by `factor`, become those of the rows at `x`.
template <class T>
void differentiate_norm(const T *x, int64_t step, int64_t rows, const Room &room, Norm norm, float epsilon, const float *slopes, float factor, T *below,
                        int64_t below_step, float *sums, float *normals, float *weighted) {
    const int64_t width = room.width;
    const Vector times = all(factor);
    for (int64_t i = 0; i < rows; i++, x += step, below += below_step, slopes += room.wide) {
        const auto m = layer_norm::moments(x, width, epsilon);
        const Vector scale = all(m.factor), minus = all(-m.mean * m.factor);
        Vector sum = zeros(), product = zeros();
        each(width, [&](int64_t c, Lanes lanes) {
            const Vector normal = keep(fma(load(x + c, lanes), scale, minus), lanes);
            const Vector slope = load(slopes + c, lanes) * times;
            layer_norm::add(sums + c, lanes, slope * normal);
            layer_norm::add(sums + width + c, lanes, slope);
            const Vector own = slope * load(norm.weight + c, lanes);
            store(normals + c, lanes, normal);
            store(weighted + c, lanes, own);
            sum = sum + own;
            product = fma(own, normal, product);
        });
        layer_norm::descend(normals, weighted, sum, product, m.factor, width, below);
    }
}

template <class T> void differentiate(const Problem<T> &p, int64_t sample, int64_t head, const Room &room, const T *above, const Gradients<T> &to) {
    prepare(p, sample, head, room);
    const int64_t row = p.heads * p.width;
    const auto place = [=](int64_t tokens) { return (sample * tokens) * row + head * p.width; };
    gather(above + place(p.queries), row, p.queries, room, room.mixed);
    // Values: pᵀ · do.
    small::multiply(room.scores, {1, room.wide_keys}, room.mixed, room.wide, p.keys, room.wide, p.queries, room.spare, room.wide);
    for (int64_t j = 0; j < p.keys; j++) {
        T *at = to.value + place(p.keys) + j * row;
        each(p.width, [&](int64_t c, Lanes lanes) { store(at + c, lanes, load(room.spare + j * room.wide + c, lanes)); });
    }
    // Scores: p · (do · vᵀ − its mean under p).
    small::transpose(room.value, room.wide, room.wide_keys, room.wide, room.turned, room.wide_keys);
    small::multiply(room.mixed, {room.wide, 1}, room.turned, room.wide_keys, p.queries, room.wide_keys, p.width, room.slopes, room.wide_keys);
    for (int64_t i = 0; i < p.queries; i++) {
        float *slope = room.slopes + i * room.wide_keys;
        const float *share = room.scores + i * room.wide_keys;
        Vector sum = zeros();
        for (int64_t c = 0; c < room.wide_keys; c += 16) sum = fma(load(slope + c), load(share + c), sum);
        const Vector mean = all(total(sum));
        for (int64_t c = 0; c < room.wide_keys; c += 16) {
            store(slope + c, load(share + c) * (load(slope + c) - mean));
        }
    }
    // `value` and `turned` have served; their room holds rows of the norms.
    const float scale = 1 / std::sqrt(static_cast<float>(p.width));
    const auto start = [=](View<T> x) { return x.data + sample * x.sample + head * p.width; };
    small::multiply(room.slopes, {room.wide_keys, 1}, room.key, room.wide, p.queries, room.wide, p.keys, room.spare, room.wide);
    differentiate_norm(start(p.query), p.query.token, p.queries, room, p.query_norm, p.epsilon, room.spare, scale, to.query + place(p.queries), row,
                       to.query_norm, room.turned, room.turned + room.wide);
    small::multiply(room.slopes, {1, room.wide_keys}, room.query, room.wide, p.keys, room.wide, p.queries, room.spare, room.wide);
    differentiate_norm(start(p.key), p.key.token, p.keys, room, p.key_norm, p.epsilon, room.spare, scale, to.key + place(p.keys), row, to.key_norm,
                       room.turned, room.turned + room.wide);
}
CK_END

}  // namespace darkroom::CK_SET::normed_attention

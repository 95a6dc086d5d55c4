// Convolutions with 3 × 3 kernels by Winograd's filtering, in tiles: what one thread does.
//
// Pixels are `[image, height, width, channel]`, channels a multiple of 16; around the picture lies a margin of one zero. Kernels are
// `[out, in, 9]`, or packed as they are read: `[out / 16, in, 9, 16]`. All arithmetic is in single precision. A number's sum has the same order
// wherever its tile stands, so results depend neither on the batch nor on the threads.
namespace darkroom::CK_SET::winograd {

struct Geometry {
    int64_t images, height, width, in, out;

    int64_t down() const { return (height + step - 1) / step; }
    int64_t across() const { return (width + step - 1) / step; }
    int64_t tiles() const { return images * down() * across(); }
};

// Rows of a group of tiles, of a strip of results and of a slice of channels that are multiplied at once: what is read again and
// again stays in a core's second cache.
constexpr int64_t group = 30, strip = CK_WIDE ? 64 : 32, slice = 64;
// Blocks that are walked through together do not begin at the same place of the first cache.
constexpr int64_t offset = 16;

CK_SET_BEGIN

// Where the pixels of a square window begin; `beyond` for those outside of the picture.
template <int size, class T>
static CK_INLINE void window(T *pixels, int64_t channels, const Geometry &g, int64_t tile, int64_t margin, T *beyond, T *(&at)[size * size]) {
    const int64_t per_image = g.down() * g.across(), image = tile / per_image, row = tile % per_image / g.across(), column = tile % g.across();
    for (int i = 0; i < size * size; i++) {
        const int64_t y = row * step - margin + i / size, x = column * step - margin + i % size;
        const bool inside = y >= 0 && y < g.height && x >= 0 && x < g.width;
        at[i] = inside ? pixels + ((image * g.height + y) * g.width + x) * channels : beyond;
    }
}

// What one place of a group of tiles holds, and all of them.
static inline int64_t plane(int64_t rows, int64_t width) { return rows * width + offset; }

// Tiles `first…` of the pixels, at their places: `to` is `[36][rows][last - begin]`.
template <class Map, class T>
void gather(const Geometry &g, const T *pixels, int64_t channels, int64_t begin, int64_t end, const T *nothing, int64_t first, int64_t rows, float *to) {
    constexpr int size = Map::from;
    const int64_t width = end - begin, stride = plane(rows, width);
    for (int64_t r = 0; r < rows; r++) {
        const T *at[size * size];
        window<size>(pixels, channels, g, first + r, size == side ? 1 : 0, nothing, at);
        for (int64_t c = begin; c < end; c += 16) {
            float *line = to + r * width + c - begin;
            square<Map>([&](int i) __attribute__((always_inline)) { return load(at[i] + c); },
                        [&](int i, Vector x) __attribute__((always_inline)) { store(line + i * stride, x); });
        }
    }
}

// Rows of 16 numbers become columns.
template <class T> CK_INLINE void turn_block(const T *from, int64_t from_row, T *to, int64_t to_row) {
    Words r[16];
    CK_UNROLL for (int i = 0; i < 16; i++) r[i] = (Words)load(from + i * from_row);
    vectors::transpose(r);
    CK_UNROLL for (int i = 0; i < 16; i++) store(to + i * to_row, (Vector)r[i]);
}

// `[out, in, 9]` or packed: 16 × 16 kernels of the latter lie together.
template <class T> struct Kernels {
    const T *data;
    bool are_packed;
};

// The kernels of the results `begin…` and of the channels `first…`, at their places: `to` is `[36][count][columns]`.
template <class T>
void spread(Kernels<T> kernels, int64_t in, int64_t begin, int64_t columns, int64_t first, int64_t count, float *to) {
    const int64_t stride = plane(count, columns);
    for (int64_t k = 0; k < columns; k += 16) {
        for (int64_t c = 0; c < count; c += 16) {
            alignas(64) T turned[16 * taps * 16];
            const T *block = kernels.data + (begin + k) * in * taps + (first + c) * taps * 16;
            if constexpr (!std::is_same_v<T, int8_t>) {  // bytes are packed
                if (!kernels.are_packed) {
                    const T *rows = kernels.data + (begin + k) * in * taps + (first + c) * taps;
                    for (int i = 0; i < taps; i++) turn_block(rows + 16 * i, in * taps, turned + 256 * i, 16);
                    block = turned;
                }
            }
            for (int64_t i = 0; i < 16; i++) {
                const T *kernel = block + i * taps * 16;
                float *line = to + (c + i) * columns + k;
                square<OfKernels>([&](int t) __attribute__((always_inline)) { return load(kernel + 16 * t); },
                                  [&](int p, Vector x) __attribute__((always_inline)) { store(line + p * stride, x); });
            }
        }
    }
}

// From places `[36][rows][columns]` to the results `begin…` of a group of tiles.
template <class T>
void scatter(const Geometry &g, const float *from, int64_t first, int64_t rows, int64_t begin, int64_t columns, small::Finish finish, T *results) {
    const int64_t stride = plane(rows, columns);
    for (int64_t r = 0; r < rows; r++) {
        T *at[step * step];
        T beyond[16];
        window<step>(results, g.out, g, first + r, 0, static_cast<T *>(nullptr), at);
        for (int64_t k = 0; k < columns; k += 16) {
            const float *line = from + r * columns + k;
            const Vector factor = finish.factor(begin + k), shift = finish.shift(begin + k);
            square<ToResults>([&](int i) __attribute__((always_inline)) { return load(line + i * stride); },
                              [&](int i, Vector x) __attribute__((always_inline)) { store(at[i] ? at[i] + begin + k : beyond, fma(x, factor, shift)); });
        }
    }
}

// What the pixels of a group of tiles take: slices of channels one after the other, each `[36][rows][channels]`.
static inline int64_t group_size(const Geometry &g) { return places * (group * g.in + offset * ((g.in + slice - 1) / slice)); }
static inline int64_t slice_begin(int64_t rows, int64_t channel) { return places * (rows * channel + offset * (channel / slice)); }

template <class T>
void gather_group(const Geometry &g, const T *pixels, const T *nothing, int64_t first, int64_t rows, float *to) {
    for (int64_t c = 0; c < g.in; c += slice) {
        gather<OfPixels>(g, pixels, g.in, c, std::min(g.in, c + slice), nothing, first, rows, to + slice_begin(rows, c));
    }
}

// The results `begin…` of some groups of tiles.
struct Strip {
    const float *pixels;               // of all groups
    int64_t tile, tiles, first, last;  // the groups' first tile, how many tiles there are, which groups are meant
    int64_t begin, columns;
};

// `kernel_room` holds the kernels of a strip and a slice, `sum_room` the strips of the groups that are meant.
template <class T, class W>
void multiply(const Geometry &g, const Strip &s, Kernels<W> kernels, small::Finish finish, float *kernel_room, float *sum_room, T *results) {
    for (int64_t c = 0; c < g.in; c += slice) {
        const int64_t count = std::min(slice, g.in - c), kernel_stride = plane(count, s.columns);
        spread(kernels, g.in, s.begin, s.columns, c, count, kernel_room);
        for (int64_t i = s.first; i < s.last; i++) {
            const int64_t rows = std::min(group, s.tiles - i * group), stride = plane(rows, count), sum_stride = plane(rows, s.columns);
            const float *a = s.pixels + i * group_size(g) + slice_begin(rows, c);
            float *sums = sum_room + (i - s.first) * places * plane(group, strip);
            const auto product = c == 0 ? small::multiply<false> : small::multiply<true>;
            for (int p = 0; p < places; p++) {
                product(a + p * stride, {count, 1}, kernel_room + p * kernel_stride, s.columns, rows, s.columns, count, sums + p * sum_stride, s.columns);
            }
            if (c + count == g.in) scatter(g, sums, s.tile + i * group, rows, s.begin, s.columns, finish, results);
        }
    }
}

// Tiles and channels that go into the gradient of kernels at once.
constexpr int64_t span = 128, broad = 256;

// The gradient of the kernels of channels `begin…end`, packed as kernels are. The rooms hold a span's pixels `[36][span][end - begin]`,
// slopes `[36][span][out]`, and the sums `[36][end - begin][out]`.
template <class T>
void weigh(const Geometry &g, const T *pixels, const T *slopes, const T *nothing, int64_t begin, int64_t end, float *pixel_room, float *slope_room,
           float *sums, T *packed) {
    const int64_t width = end - begin, sum_stride = plane(width, g.out);
    for (int64_t first = 0; first < g.tiles(); first += span) {
        const int64_t rows = std::min(span, g.tiles() - first);
        gather<OfPixels>(g, pixels, g.in, begin, end, nothing, first, rows, pixel_room);
        gather<OfSlopes>(g, slopes, g.out, 0, g.out, nothing, first, rows, slope_room);
        const auto product = first == 0 ? small::multiply<false> : small::multiply<true>;
        for (int p = 0; p < places; p++) {
            product(pixel_room + p * plane(rows, width), {1, width}, slope_room + p * plane(rows, g.out), g.out, width, g.out, rows, sums + p * sum_stride, g.out);
        }
    }
    for (int64_t k = 0; k < g.out; k += 16) {
        for (int64_t c = 0; c < width; c++) {
            const float *line = sums + c * g.out + k;
            T *kernel = packed + (k / 16 * g.in + begin + c) * taps * 16;
            square<ToKernels>([&](int i) __attribute__((always_inline)) { return load(line + i * sum_stride); },
                              [&](int i, Vector x) __attribute__((always_inline)) { store(kernel + 16 * i, x); });
        }
    }
}

CK_END
}  // namespace darkroom::CK_SET::winograd

// The two products of attention on AMX tiles: 32 queries at a time, two by two tiles of sums.
CK_AMX_BEGIN
namespace darkroom::CK_SET::attention {

// All eight tiles are 16 rows of 64 bytes; what is smaller is padded with zeros.
struct alignas(64) TileShapes {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t row_count[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

struct TileEngine : PairEngine {
    // The shapes belong to the thread; given back at the end, so that no one pays for saving eight idle tiles.
    struct Session {
        Session() {
            const TileShapes shapes;
            _tile_loadconfig(&shapes);
        }
        ~Session() { _tile_release(); }
    };

    static constexpr int rows = 32;
    using Weights = ShortWeights<rows>;
    // A block is what stays in a cache of 48 KiB beside the scores.
    static Layout layout(const Problem<Bits> &p) { return PairEngine::layout<rows, 1>(p, round_up(p.width / 2, 16), p.width <= 96 ? 128 : 64); }

    static void pack_queries(const Bits *query, int64_t stride, int count, int64_t width, const Layout &l, uint32_t *out) {
        memset(out, 0, sizeof(uint32_t) * static_cast<size_t>(l.query_words));
        for (int r = 0; r < count; r++) memcpy(out + r * l.depth, query + r * stride, sizeof(Bits) * width);
    }

    static void scores(const uint32_t *query, const uint32_t *keys, int64_t pairs, int count, float *out) {
        const int64_t row = pairs * 4;
        const uint32_t *lower = query + 16 * pairs;
        for (int j = 0; j < count; j += 32) {
            const uint32_t *block = keys + j * pairs;
            _tile_zero(0);
            _tile_zero(1);
            _tile_zero(2);
            _tile_zero(3);
            for (int64_t p = 0; p < pairs; p += 16) {
                _tile_loadd(4, query + p, row);
                _tile_loadd(6, block + p * 32, 128);
                _tile_dpbf16ps(0, 4, 6);
                _tile_loadd(7, block + p * 32 + 16, 128);
                _tile_dpbf16ps(1, 4, 7);
                _tile_loadd(5, lower + p, row);
                _tile_dpbf16ps(2, 5, 6);
                _tile_dpbf16ps(3, 5, 7);
            }
            _tile_stored(0, out + j, score_row * 4);
            _tile_stored(1, out + j + 16, score_row * 4);
            _tile_stored(2, out + 16 * score_row + j, score_row * 4);
            _tile_stored(3, out + 16 * score_row + j + 16, score_row * 4);
        }
    }

    static void mix(const Bits *weights, const uint32_t *values, int64_t columns, int keys, float *out) {
        const int64_t row = columns * 4;
        const Bits *lower = weights + 16 * weight_row;
        for (int64_t c = 0; c < columns; c += 32) {
            float *upper_sums = out + c, *lower_sums = out + 16 * columns + c;
            const bool two = columns - c > 16;
            _tile_loadd(0, upper_sums, row);
            _tile_loadd(2, lower_sums, row);
            if (two) {
                _tile_loadd(1, upper_sums + 16, row);
                _tile_loadd(3, lower_sums + 16, row);
                for (int j = 0; j < keys; j += 32) {
                    const uint32_t *value = values + j / 2 * columns + c;
                    _tile_loadd(4, weights + j, weight_row * 2);
                    _tile_loadd(6, value, row);
                    _tile_dpbf16ps(0, 4, 6);
                    _tile_loadd(7, value + 16, row);
                    _tile_dpbf16ps(1, 4, 7);
                    _tile_loadd(5, lower + j, weight_row * 2);
                    _tile_dpbf16ps(2, 5, 6);
                    _tile_dpbf16ps(3, 5, 7);
                }
                _tile_stored(1, upper_sums + 16, row);
                _tile_stored(3, lower_sums + 16, row);
            } else {
                for (int j = 0; j < keys; j += 32) {
                    _tile_loadd(4, weights + j, weight_row * 2);
                    _tile_loadd(6, values + j / 2 * columns + c, row);
                    _tile_dpbf16ps(0, 4, 6);
                    _tile_loadd(5, lower + j, weight_row * 2);
                    _tile_dpbf16ps(2, 5, 6);
                }
            }
            _tile_stored(0, upper_sums, row);
            _tile_stored(2, lower_sums, row);
        }
    }
};

}  // namespace darkroom::CK_SET::attention
CK_END

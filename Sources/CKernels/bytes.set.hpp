// Bytes to numbers and back.
CK_SET_BEGIN
namespace darkroom::CK_SET::bytes {
using namespace vectors;

using Naturals = uint8_t __attribute__((vector_size(16)));

static void widen_row(const int8_t *from, float scale, Bits *to, int64_t count) {
    each(count, [=](int64_t i, Lanes lanes) {
        const Vector x = lanes == every ? load(from + i) : __builtin_convertvector(load_some_as<Bytes>(from + i, lanes), Vector);
        store(to + i, lanes, x * all(scale));
    });
}

static std::pair<float, float> range(const Bits *x, int64_t count) {
    Vector low = zeros(), high = zeros();
    each(count, [&](int64_t i, Lanes lanes) {
        const Vector value = load(x + i, lanes);
        low = min(low, value);
        high = max(high, value);
    });
    return {least(low), greatest(high)};
}

static void narrow_row(const Bits *x, float factor, int32_t zero, uint8_t *to, int64_t count) {
    each(count, [=](int64_t i, Lanes lanes) {
        const Vector whole = __builtin_elementwise_roundeven(load(x + i, lanes) * all(factor)) + all(static_cast<float>(zero));
        const Naturals y = __builtin_convertvector(min(max(whole, zeros()), all(255)), Naturals);
        __builtin_memcpy(to + i, &y, static_cast<size_t>(lanes));
    });
}

}  // namespace darkroom::CK_SET::bytes
CK_END

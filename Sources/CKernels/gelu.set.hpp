// GELU by its tanh approximation, x · sigmoid(2u), u = √(2/π) · (x + 0.044715 x³), and its gradient.
CK_SET_BEGIN
namespace darkroom::CK_SET::gelu {
using namespace vectors;

constexpr float twice_root = 1.5957691216f, cube = 0.044715f;  // 2 · √(2/π)

template <class T> void apply(const T *x, T *out, int64_t count) {
    each(count, [=](int64_t c, Lanes lanes) {
        const Vector v = load(x + c, lanes), square = v * v;
        const Vector inner = v * fma(square, all(twice_root * cube), all(twice_root));
        store(out + c, lanes, v * sigmoid(inner));
    });
}
template <class T> void differentiate(const T *x, const T *above, T *below, int64_t count) {
    each(count, [=](int64_t c, Lanes lanes) {
        const Vector v = load(x + c, lanes), square = v * v;
        const Vector inner = v * fma(square, all(twice_root * cube), all(twice_root));
        const Vector slope = fma(square, all(3 * twice_root * cube), all(twice_root));
        const Vector share = sigmoid(inner);
        // σ + x · σ · (1 − σ) · 2u′; where x has a huge square, σ is 0 or 1 and the product nothing.
        const Vector bend = (v * share) * ((all(1) - share) * slope);
        store(below + c, lanes, load(above + c, lanes) * (share + bend));
    });
}

template <class T> at::Tensor forwards(const at::Tensor &x) {
    auto out = at::empty_like(x);
    const auto *from = static_cast<const T *>(x.const_data_ptr());
    auto *to = static_cast<T *>(out.mutable_data_ptr());
    parallel_for(0, x.numel(), 16384, [&](int64_t first, int64_t last) { apply(from + first, to + first, last - first); });
    return out;
}
template <class T> at::Tensor backwards(const at::Tensor &x, const at::Tensor &gradient) {
    // Of one layout, whatever that is.
    const auto above = gradient.strides() == x.strides() ? gradient : at::empty_like(x).copy_(gradient);
    auto below = at::empty_like(x);
    const auto *from = static_cast<const T *>(x.const_data_ptr()), *slope = static_cast<const T *>(above.const_data_ptr());
    auto *to = static_cast<T *>(below.mutable_data_ptr());
    parallel_for(0, x.numel(), 16384, [&](int64_t first, int64_t last) { differentiate(from + first, slope + first, to + first, last - first); });
    return below;
}

}  // namespace darkroom::CK_SET::gelu
CK_END

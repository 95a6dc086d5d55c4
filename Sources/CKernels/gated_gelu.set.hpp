// a · gelu(b), where a and b are the halves of rows.
CK_SET_BEGIN
namespace darkroom::CK_SET::gated_gelu {
using namespace vectors;

template <class T> void rows(const T *x, T *out, int64_t count, int64_t half) {
    for (int64_t i = 0; i < count; i++, x += 2 * half, out += half) {
        each(half, [=](int64_t c, Lanes lanes) { store(out + c, lanes, load(x + c, lanes) * vectors::gelu(load(x + half + c, lanes))); });
    }
}

template <class T> at::Tensor apply(const at::Tensor &x) {
    const int64_t half = x.size(-1) / 2;
    auto shape = x.sizes().vec();
    shape.back() = half;
    auto out = at::empty(shape, x.options());
    const auto *from = static_cast<const T *>(x.const_data_ptr());
    auto *to = static_cast<T *>(out.mutable_data_ptr());
    parallel_for(0, x.numel() / (2 * half), std::max<int64_t>(1, 16384 / half),
                 [&](int64_t first, int64_t last) { rows(from + first * 2 * half, to + first * half, last - first, half); });
    return out;
}

}  // namespace darkroom::CK_SET::gated_gelu
CK_END

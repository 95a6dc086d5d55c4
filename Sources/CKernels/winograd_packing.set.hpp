// Kernels `[out, in, 3, 3]` and their packed form `[out / 16, in, 3, 3, 16]`, which holds the same numbers.

namespace darkroom::CK_SET::winograd {
CK_SET_BEGIN

template <class T> void pack(const T *kernels, int64_t out, int64_t in, T *packed) {
    const int64_t row = in * taps;
    for (int64_t k = 0; k < out; k += 16) {
        for (int64_t i = 0; i < row; i += 16) turn_block(kernels + k * row + i, row, packed + k * row + 16 * i, 16);
    }
}
template <class T> void unpack(const T *packed, int64_t out, int64_t in, T *kernels) {
    const int64_t row = in * taps;
    for (int64_t k = 0; k < out; k += 16) {
        for (int64_t i = 0; i < row; i += 16) turn_block(packed + k * row + 16 * i, 16, kernels + k * row + i, row);
    }
}
// The kernels of the convolution that takes slopes back to the pixels: turned round, from results to channels.
template <class T> void reverse(const T *packed, int64_t out, int64_t in, T *reversed) {
    for (int64_t k = 0; k < out; k += 16) {
        for (int64_t c = 0; c < in; c += 16) {
            for (int t = 0; t < taps; t++) {
                turn_block(packed + ((k / 16 * in + c) * taps + t) * 16, taps * 16, reversed + ((c / 16 * out + k) * taps + taps - 1 - t) * 16, taps * 16);
            }
        }
    }
}

CK_END
}  // namespace darkroom::CK_SET::winograd

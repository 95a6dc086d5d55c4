// Convolutions with 3 × 3 kernels by Winograd's filtering and their gradients: whole tensors, on all threads.
#include "small_products.set.hpp"
#include "winograd_transforms.set.hpp"
#include "winograd_tiles.set.hpp"
#include "winograd_packing.set.hpp"

CK_SET_BEGIN
namespace darkroom::CK_SET::winograd {

using MaybeTensor = std::optional<at::Tensor>;

template <class T> const T *data(const at::Tensor &x) { return static_cast<const T *>(x.const_data_ptr()); }
template <class T> T *room(const at::Tensor &x) { return static_cast<T *>(x.mutable_data_ptr()); }
static inline at::Tensor floats(int64_t count) { return at::empty({count}, at::kFloat); }

static inline Geometry geometry(const at::Tensor &x, int64_t out) { return {x.size(0), x.size(2), x.size(3), x.size(1), out}; }

// Tiles whose pixels are held at their places at once: enough to make little of what the kernels cost, few enough for the last cache.
static inline int64_t tiles_at_once(const Geometry &g) {
    const int64_t most = int64_t{6} << 20;  // numbers
    return std::clamp<int64_t>(most / (places * g.in) / group * group, group, 10 * group);
}

// Pixels of type T with kernels of type W, plain or packed.
template <class T, class W> at::Tensor convolve_with(const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &scale, const MaybeTensor &bias) {
    const auto g = geometry(x, weight.dim() == 5 ? weight.size(0) * 16 : weight.size(0));
    const auto dense = weight.contiguous();
    const Kernels<W> kernels{data<W>(dense), weight.dim() == 5};
    const auto pixels = x.contiguous(at::MemoryFormat::ChannelsLast);
    auto out = at::empty({g.images, g.out, g.height, g.width}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const std::vector<float> factors = scale ? numbers(*scale) : std::vector<float>(), shift = bias ? numbers(*bias) : std::vector<float>();
    const small::Finish finish{scale ? factors.data() : nullptr, bias ? shift.data() : nullptr};
    const std::vector<T> zeros(static_cast<size_t>(std::max(g.in, g.out)));
    const int64_t at_once = std::min(tiles_at_once(g), g.tiles()), strips = (g.out + strip - 1) / strip;
    const auto places_of_pixels = floats((at_once + group - 1) / group * group_size(g));
    for (int64_t tile = 0; tile < g.tiles(); tile += at_once) {
        const int64_t tiles = std::min(at_once, g.tiles() - tile), groups = (tiles + group - 1) / group;
        parallel_for(0, groups, 1, [&](int64_t first, int64_t last) {
            for (int64_t i = first; i < last; i++) {
                gather_group(g, data<T>(pixels), zeros.data(), tile + i * group, std::min(group, tiles - i * group), room<float>(places_of_pixels) + i * group_size(g));
            }
        });
        parallel_for(0, strips * groups, 1, [&](int64_t first, int64_t last) {
            const auto kernel_room = floats(places * plane(slice, strip)), sum_room = floats(groups * places * plane(group, strip));
            for (int64_t i = first; i < last; i = (i / groups + 1) * groups) {
                const int64_t begin = i / groups * strip;
                const Strip s{data<float>(places_of_pixels), tile, tiles, i % groups, std::min(groups, last - i / groups * groups), begin, std::min(strip, g.out - begin)};
                multiply(g, s, kernels, finish, room<float>(kernel_room), room<float>(sum_room), room<T>(out));
            }
        });
    }
    return out;
}

template <class T> at::Tensor convolve(const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias) {
    return convolve_with<T, T>(x, weight, std::nullopt, bias);
}
template <class T> at::Tensor convolve_bytes(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &scale, const MaybeTensor &bias) {
    return convolve_with<T, int8_t>(x, weight, scale, bias);
}

template <class T> at::Tensor packed(const at::Tensor &weight) {
    const int64_t out = weight.size(0), in = weight.size(1);
    const auto kernels = weight.contiguous();
    auto result = at::empty({out / 16, in, reach, reach, 16}, weight.options().memory_format(at::MemoryFormat::Contiguous));
    pack(data<T>(kernels), out, in, room<T>(result));
    return result;
}

// Gradients: in single precision, as networks learn where this serves.
static at::Tensor slopes_of_pixels(const at::Tensor &slopes, const at::Tensor &weight) {
    const int64_t out = weight.size(0), in = weight.size(1);
    const auto kernels = packed<float>(weight), reversed = at::empty({in / 16, out, reach, reach, 16}, kernels.options());
    reverse(data<float>(kernels), out, in, room<float>(reversed));
    return convolve<float>(slopes, reversed, std::nullopt);
}

static at::Tensor slopes_of_kernels(const at::Tensor &x, const at::Tensor &slopes) {
    const auto g = geometry(x, slopes.size(1));
    const auto pixels = x.contiguous(at::MemoryFormat::ChannelsLast), above = slopes.contiguous(at::MemoryFormat::ChannelsLast);
    const auto result = at::empty({g.out / 16, g.in, reach, reach, 16}, x.options().memory_format(at::MemoryFormat::Contiguous));
    const std::vector<float> zeros(static_cast<size_t>(std::max(g.in, g.out)));
    parallel_for(0, g.in / 16, 1, [&](int64_t first, int64_t last) {
        const int64_t most = std::min(broad, (last - first) * 16), rows = std::min(span, g.tiles());
        const auto pixel_room = floats(places * plane(rows, most)), slope_room = floats(places * plane(rows, g.out)), sums = floats(places * plane(most, g.out));
        for (int64_t c = first * 16; c < last * 16; c += broad) {
            weigh(g, data<float>(pixels), data<float>(above), zeros.data(), c, std::min(last * 16, c + broad), room<float>(pixel_room), room<float>(slope_room),
                  room<float>(sums), room<float>(result));
        }
    });
    auto kernels = at::empty({g.out, g.in, reach, reach}, result.options());
    unpack(data<float>(result), g.out, g.in, room<float>(kernels));
    return kernels;
}

}  // namespace darkroom::CK_SET::winograd
CK_END

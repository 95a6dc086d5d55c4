// darkroom::convolution: a 3 × 3 convolution by Winograd's filtering with its gradients, where channels and processor allow it;
// libtorch's convolution elsewhere.
#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "convolution.hpp"
#include "parallel.hpp"
#include "usable.hpp"
#include "winograd_packing.hpp"

namespace darkroom::winograd {
namespace {

using MaybeTensor = std::optional<at::Tensor>;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if CK_X86
template <class T> const T *data(const at::Tensor &x) { return static_cast<const T *>(x.const_data_ptr()); }
template <class T> T *room(const at::Tensor &x) { return static_cast<T *>(x.mutable_data_ptr()); }
at::Tensor floats(int64_t count) { return at::empty({count}, at::kFloat); }

// Tiles whose pixels are held at their places at once: enough to make little of what the kernels cost, few enough for the last cache.
int64_t tiles_at_once(const Geometry &g) {
    const int64_t most = int64_t{6} << 20;  // numbers
    return std::clamp<int64_t>(most / (places * g.in) / group * group, group, 10 * group);
}

template <class T> at::Tensor convolve(const Geometry &g, const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias) {
    const auto dense = weight.contiguous();
    const Kernels<T> kernels{data<T>(dense), is_packed(weight)};
    const auto pixels = x.contiguous(at::MemoryFormat::ChannelsLast);
    auto out = at::empty({g.images, g.out, g.height, g.width}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const std::vector<float> shift = bias ? numbers(*bias) : std::vector<float>();
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
                multiply(g, s, kernels, bias ? shift.data() : nullptr, room<float>(kernel_room), room<float>(sum_room), room<T>(out));
            }
        });
    }
    return out;
}

template <class T> at::Tensor packed(const at::Tensor &weight) {
    const int64_t out = weight.size(0), in = weight.size(1);
    const auto kernels = weight.contiguous();
    auto result = at::empty({out / 16, in, reach, reach, 16}, weight.options().memory_format(at::MemoryFormat::Contiguous));
    pack(data<T>(kernels), out, in, room<T>(result));
    return result;
}

// Gradients: in single precision, as networks learn where this serves.
at::Tensor slopes_of_pixels(const Geometry &g, const at::Tensor &slopes, const at::Tensor &weight) {
    const auto kernels = packed<float>(weight), reversed = at::empty({g.in / 16, g.out, reach, reach, 16}, kernels.options());
    reverse(data<float>(kernels), g.out, g.in, room<float>(reversed));
    return convolve<float>({g.images, g.height, g.width, g.out, g.in}, slopes, reversed, std::nullopt);
}

at::Tensor slopes_of_kernels(const Geometry &g, const at::Tensor &x, const at::Tensor &slopes) {
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

Geometry geometry(const at::Tensor &x, int64_t out) { return {x.size(0), x.size(2), x.size(3), x.size(1), out}; }

struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias) {
        context->save_for_backward({x, weight});
        context->saved_data["has_bias"] = bias.has_value();
        return convolve<float>(geometry(x, weight.size(0)), x, weight, bias);
    }
    static variable_list backward(AutogradContext *context, const variable_list &gradients) {
        TORCH_CHECK(!c10::GradMode::is_enabled(), "this convolution can be differentiated once only; limit the processor's level to differentiate twice");
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &weight = saved[1], &slopes = gradients[0];
        const auto g = geometry(x, weight.size(0));
        variable_list result(3);
        if (context->needs_input_grad(0)) result[0] = slopes_of_pixels(g, slopes, weight);
        if (context->needs_input_grad(1)) result[1] = slopes_of_kernels(g, x, slopes);
        if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) result[2] = slopes.sum(at::IntArrayRef{0, 2, 3});
        return result;
    }
};

bool packs(const at::Tensor &weight) {
    return ck_level_in_use() >= CK_VECTORS && plain(weight) && weight.dim() == 4 && weight.numel() > 0 && weight.size(2) == reach &&
           weight.size(3) == reach && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0;
}

bool fits(const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias) {
    return x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat && plain(x) && x.numel() > 0 && x.dim() == 4 && packs(weight) &&
           x.size(1) == weight.size(1) && !at::autocast::is_autocast_enabled(at::kCPU) && (!bias || plain_parameter(*bias, weight.size(0)));
}
#endif

}  // namespace

at::Tensor convolution(const at::Tensor &x, const at::Tensor &weight, const MaybeTensor &bias, int64_t stride, int64_t padding, int64_t groups) {
#if CK_X86
    if (stride == 1 && padding == 1 && groups == 1 && fits(x, weight, bias)) {
        if (wants_gradient(x) || wants_gradient(weight) || (bias && wants_gradient(*bias))) return Function::apply(x, weight, bias);
        return convolve<float>(geometry(x, weight.size(0)), x, weight, bias);
    }
#endif
    return at::conv2d(x, weight, bias, stride, padding, 1, groups);
}

#if CK_X86
bool gains(const at::Tensor &weight) { return weight.scalar_type() == at::kBFloat16 && packs(weight) && ck_multiplies_in_single(); }
at::Tensor packed(const at::Tensor &weight) { return packed<vectors::Bits>(weight); }
bool is_packed(const at::Tensor &weight) { return weight.dim() == 5; }

at::Tensor convolve(const at::Tensor &x, const at::Tensor &packed, const MaybeTensor &bias) {
    TORCH_CHECK(x.dim() == 4 && x.scalar_type() == at::kBFloat16 && x.size(1) == packed.size(1), "a packed convolution of ", packed.sizes(),
                " wants bf16 [batch, ", packed.size(1), ", height, width], not ", x.scalar_type(), " ", x.sizes());
    TORCH_CHECK(!bias || plain_parameter(*bias, packed.size(0) * 16), "the bias of a packed convolution of ", packed.sizes(), " is one number for each result");
    const auto g = geometry(x, packed.size(0) * 16);
    if (x.numel() == 0) return at::empty({g.images, g.out, g.height, g.width}, x.options());
    return convolve<vectors::Bits>(g, x, packed, bias);
}
#else
bool gains(const at::Tensor &) { return false; }
at::Tensor packed(const at::Tensor &weight) { return weight; }
bool is_packed(const at::Tensor &) { return false; }
at::Tensor convolve(const at::Tensor &, const at::Tensor &, const MaybeTensor &) { TORCH_CHECK(false, "kernels are not packed on this processor"); }
#endif

}  // namespace darkroom::winograd

TORCH_LIBRARY_FRAGMENT(darkroom, library) {
    library.def("convolution(Tensor x, Tensor weight, Tensor? bias, int stride, int padding, int groups) -> Tensor", darkroom::winograd::convolution);
}

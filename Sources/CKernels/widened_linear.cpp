#include "widened_linear.hpp"

#include <ATen/Functions.h>

#include "parallel.hpp"
#include "usable.hpp"

#define CK_KERNELS "widened_linear.set.hpp"
#include "each_set.hpp"

namespace darkroom::widened {
#if CK_X86
namespace {

bool fits(const at::Tensor &weight) {
    return ck_level_in_use() >= CK_AVX2 && plain(weight) && weight.dim() == 2 && weight.numel() > 0 && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0;
}

void check(const at::Tensor &x, const at::Tensor &packed, at::ScalarType type, const std::optional<at::Tensor> &bias) {
    TORCH_CHECK(x.dim() > 0 && x.scalar_type() == type && x.size(-1) == packed.size(1), "a packed linear map of ", packed.sizes(), " wants ", type,
                " [..., ", packed.size(1), "], not ", x.scalar_type(), " ", x.sizes());
    TORCH_CHECK(!bias || plain_parameter(*bias, packed.size(0) * 16), "the bias of a packed linear map of ", packed.sizes(),
                " is one number for each result");
}

}  // namespace

bool gains(const at::Tensor &weight) {
    return ck_multiplies_in_single() && fits(weight) && weight.scalar_type() == at::kBFloat16;
}
at::Tensor packed(const at::Tensor &weight) { return CK_CALL(widened::packed, weight); }
bool is_packed(const at::Tensor &weight) { return weight.dim() == 3; }

at::Tensor linear(const at::Tensor &x, const at::Tensor &packed, const std::optional<at::Tensor> &bias) {
    check(x, packed, at::kBFloat16, bias);
    return CK_CALL(widened::linear, x, packed, bias);
}

bool gains_by_bytes(const at::Tensor &weight) { return ck_multiplies_in_single() && fits(weight); }
at::Tensor packed_bytes(const at::Tensor &weight) { return weight.reshape({weight.size(0) / 16, 16, weight.size(1)}).transpose(1, 2).contiguous(); }

at::Tensor linear_of_bytes(const at::Tensor &x, const at::Tensor &packed, const at::Tensor &scale, const std::optional<at::Tensor> &bias) {
    check(x, packed, is_short_or_single(x) ? x.scalar_type() : at::kBFloat16, bias);
    return CK_CALL_FOR(x, widened::linear_of_bytes, x, packed, scale, bias);
}
#else
bool gains_by_bytes(const at::Tensor &) { return false; }
at::Tensor packed_bytes(const at::Tensor &weight) { return weight; }
at::Tensor linear_of_bytes(const at::Tensor &, const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &) {
    TORCH_CHECK(false, "bytes are not packed on this processor");
}
bool gains(const at::Tensor &) { return false; }
at::Tensor packed(const at::Tensor &weight) { return weight; }
bool is_packed(const at::Tensor &) { return false; }
at::Tensor linear(const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &) { TORCH_CHECK(false, "matrices are not packed on this processor"); }
#endif

}  // namespace darkroom::widened

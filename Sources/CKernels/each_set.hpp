// Compiles the kernels in the file that CK_KERNELS names once for each set of instructions: in `darkroom::avx2`, and in
// `darkroom::avx512` where CK_WIDE is 1. Such files end in `.set.hpp`; what they share with others is in front, in plain headers.
#include "processor.hpp"

#if CK_X86
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

// A vector fills several registers of AVX2. How functions would pass one does not matter: all that take one are inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

namespace darkroom {
using Bits = uint16_t;  // the storage of one bf16
}

#define CK_SET avx2
#define CK_WIDE 0
#define CK_SET_BEGIN CK_AVX2_BEGIN
#include "vectors.set.hpp"
#include CK_KERNELS
#undef CK_SET
#undef CK_WIDE
#undef CK_SET_BEGIN

#define CK_SET avx512
#define CK_WIDE 1
#define CK_SET_BEGIN CK_AVX512_BEGIN
#include "vectors.set.hpp"
#include CK_KERNELS
#undef CK_SET
#undef CK_WIDE
#undef CK_SET_BEGIN

#pragma clang diagnostic pop

// A kernel of the set that this thread has in use, which must not be CK_STOCK; and a call of it.
#define CK_PICK(kernel) (ck_level_in_use() >= CK_AVX512 ? avx512::kernel : avx2::kernel)
#define CK_CALL(kernel, ...) CK_PICK(kernel)(__VA_ARGS__)
// The same for a template, by the type of a tensor's numbers: single precision or bf16.
#define CK_CALL_FOR(tensor, kernel, ...) \
    ((tensor).scalar_type() == at::kFloat ? CK_CALL(kernel<float>, __VA_ARGS__) : CK_CALL(kernel<Bits>, __VA_ARGS__))
#endif
#undef CK_KERNELS

// What every kernel shares: which instructions may be used, and how functions are compiled for them.
#pragma once
#include <cstdint>

#include "CKernels.h"

// The vector kernels are for x86-64; elsewhere the stock operators serve. `each_set.hpp` compiles them for AVX2 and for AVX-512.
#if defined(__x86_64__) && defined(__clang__)
#define CK_X86 1
#include <immintrin.h>
#define CK_AVX2_BEGIN _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)")
#define CK_AVX512_BEGIN \
    _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma\"))), apply_to = function)")
#define CK_AMX_BEGIN \
    _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma,amx-tile,amx-bf16\"))), apply_to = function)")
#define CK_END _Pragma("clang attribute pop")
#define CK_INLINE inline __attribute__((always_inline))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CK_X86 0
#endif

// Fused operators on the CPU, registered with libtorch's dispatcher as `darkroom::…`. Every operator has a stock fallback, so
// it gives right results on any processor. The fast paths need AVX2 or AVX-512 and serve bf16 and single precision; those that networks
// learn with have gradients: convolutions, layer norm, GELU, attention with normalised queries and keys, AdamW.
#ifndef CKERNELS_H
#define CKERNELS_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

// What the kernels may use: 0 stock operators only, 1 AVX2 with fused products, 2 AVX-512 with BF16 products, 3 AMX tiles besides.
enum { CK_STOCK = 0, CK_AVX2 = 1, CK_AVX512 = 2, CK_AMX = 3 };
// The best level of this processor and operating system. Calling it also keeps the registrations in the program.
int32_t ck_level(void);
// Lowers the level in use on the calling thread, for tests and comparisons; never above `ck_level()`. Returns the level now in
// use there.
int32_t ck_limit_level(int32_t level);
int32_t ck_level_in_use(void);
// How many products of bf16 the processor's vectors do in the time of one in single precision, measured once: 2 where the
// instruction is as fast as it looks, ½ where it takes four times as long as a plain product. 0 without the instruction.
double ck_bf16_gain(void);
// Whether operators for inference multiply bf16 in single precision, which they do where that gain is below 1 and no tiles are in use;
// with AVX2 always.
int32_t ck_multiplies_in_single(void);
// What the calling thread takes for the answer, for tests and comparisons: 1, 0, or -1 for what was measured.
void ck_assume_single(int32_t answer);

#ifdef __cplusplus
}
#endif
#endif

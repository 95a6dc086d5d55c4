// Which instructions this processor and operating system offer.
#include "processor.hpp"

#include <algorithm>
#include <chrono>

#if CK_X86
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace {

#if CK_X86
struct Leaf {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    Leaf(uint32_t leaf, uint32_t sub) { __get_cpuid_count(leaf, sub, &a, &b, &c, &d); }
};

uint64_t enabled_state() {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<uint64_t>(high) << 32) | low;
}

// Linux hands out the tiles' large register state on request only, once a process.
bool tiles_permitted() {
#if defined(__linux__)
    constexpr long request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}

int32_t detect() {
    const Leaf basic(1, 0), extended(7, 0), more(7, 1);
    const bool saves_state = basic.c >> 27 & 1;
    if (!saves_state) return CK_STOCK;
    const uint64_t state = enabled_state();
    const bool fuses = (basic.c >> 12 & 1), avx2 = (state & 6) == 6 && (extended.b >> 5 & 1) && fuses;
    if (!avx2) return CK_STOCK;
    const bool vector_state = (state & 0xe6) == 0xe6, tile_state = (state >> 17 & 3) == 3;
    const bool vectors = (extended.b >> 16 & 1) && (extended.b >> 17 & 1) && (extended.b >> 30 & 1) &&
                         (extended.b >> 31 & 1) && (more.a >> 5 & 1);
    if (!vector_state || !vectors) return CK_AVX2;
    const bool tiles = (extended.d >> 24 & 1) && (extended.d >> 22 & 1);
    return tiles && tile_state && tiles_permitted() ? CK_AMX : CK_AVX512;
}
#else
int32_t detect() { return CK_STOCK; }
#endif

// Of this thread: what one test limits, others beside it must not feel.
thread_local int32_t limit = CK_AMX, assumed_single = -1;

#if CK_X86
constexpr int sums = 24, rounds = 9, steps = 4000;

CK_AVX512_BEGIN
// Steps of `sums` independent products, nothing else; the barrier keeps them from being joined.
__attribute__((noinline)) float short_products() {
    __m512 sum[sums];
    for (auto &x : sum) x = _mm512_setzero_ps();
    __m512i one = _mm512_set1_epi32(0x3f803f80);
    for (int i = 0; i < steps; i++) {
        CK_UNROLL for (int k = 0; k < sums; k++) sum[k] = _mm512_dpbf16_ps(sum[k], (__m512bh)one, (__m512bh)one);
        __asm__ volatile("" : "+v"(one));
    }
    float total = 0;
    for (auto &x : sum) total += _mm512_reduce_add_ps(x);
    return total;
}
__attribute__((noinline)) float single_products() {
    __m512 sum[sums];
    for (auto &x : sum) x = _mm512_setzero_ps();
    __m512 one = _mm512_set1_ps(1);
    for (int i = 0; i < steps; i++) {
        CK_UNROLL for (int k = 0; k < sums; k++) sum[k] = _mm512_fmadd_ps(one, one, sum[k]);
        __asm__ volatile("" : "+v"(one));
    }
    float total = 0;
    for (auto &x : sum) total += _mm512_reduce_add_ps(x);
    return total;
}
CK_END

double seconds(float (*products)()) {
    const auto start = std::chrono::steady_clock::now();
    const volatile float total = products();
    (void)total;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The best of some rounds in turn: what else the processor does then counts for little.
double measured_gain() {
    double shorts = 1, singles = 1;
    for (int i = 0; i < rounds; i++) {
        shorts = std::min(shorts, seconds(short_products));
        singles = std::min(singles, seconds(single_products));
    }
    return 2 * singles / shorts;
}
#endif

}  // namespace

int32_t ck_level(void) {
    static const int32_t level = detect();
    return level;
}
int32_t ck_level_in_use(void) {
    return std::min(limit, ck_level());
}
int32_t ck_limit_level(int32_t level) {
    limit = level;
    return ck_level_in_use();
}
double ck_bf16_gain(void) {
#if CK_X86
    static const double gain = ck_level() >= CK_AVX512 ? measured_gain() : 0;
    return gain;
#else
    return 0;
#endif
}
int32_t ck_multiplies_in_single(void) {
    if (assumed_single >= 0) return assumed_single;
    const int32_t level = ck_level_in_use();
    return level == CK_AVX2 || (level == CK_AVX512 && ck_bf16_gain() < 1);
}
void ck_assume_single(int32_t answer) {
    assumed_single = answer;
}

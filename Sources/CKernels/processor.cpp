// Which instructions this processor and operating system offer.
#include "processor.hpp"

#include <atomic>

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
    const bool vector_state = (state & 0xe6) == 0xe6, tile_state = (state >> 17 & 3) == 3;
    const bool vectors = (extended.b >> 16 & 1) && (extended.b >> 17 & 1) && (extended.b >> 30 & 1) &&
                         (extended.b >> 31 & 1) && (more.a >> 5 & 1) && (basic.c >> 12 & 1);
    if (!vector_state || !vectors) return CK_STOCK;
    const bool tiles = (extended.d >> 24 & 1) && (extended.d >> 22 & 1);
    return tiles && tile_state && tiles_permitted() ? CK_TILES : CK_VECTORS;
}
#else
int32_t detect() { return CK_STOCK; }
#endif

std::atomic<int32_t> limit{CK_TILES};

}  // namespace

int32_t ck_level(void) {
    static const int32_t level = detect();
    return level;
}
int32_t ck_level_in_use(void) {
    const int32_t most = limit.load(std::memory_order_relaxed);
    return most < ck_level() ? most : ck_level();
}
int32_t ck_limit_level(int32_t level) {
    limit.store(level, std::memory_order_relaxed);
    return ck_level_in_use();
}

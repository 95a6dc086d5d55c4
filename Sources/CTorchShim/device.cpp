// Devices, threads, the allocator's thresholds.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/cpu/Utils.h>
#include <ATen/native/DispatchStub.h>
#include <dlfcn.h>
#include <sys/resource.h>
#include <torch/headeronly/version.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "guard.hpp"

// glibc gives every large block back to the kernel and faults it in again on the next step; on threads other than
// main it also keeps an arena each. Both cost 12–32 % of a step here, so large blocks stay with the process.
void ct_prepare_allocator(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 2000000000);
    mallopt(M_TRIM_THRESHOLD, 2000000000);
    mallopt(M_TOP_PAD, 64 << 20);
    mallopt(M_ARENA_MAX, 1);
#endif
}

void ct_set_thread_count(int32_t count) { at::set_num_threads(count); }
int32_t ct_thread_count(void) { return at::get_num_threads(); }

int ct_open_cuda(void) {
#if defined(__linux__)
    static const bool opened = [] {
        if (!dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL)) return false;
        return true;
    }();
    return opened && ct_cuda_count() > 0;
#else
    return 0;
#endif
}
int32_t ct_cuda_count(void) {
    try {
        return at::globalContext().hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount()) : 0;
    } catch (...) {
        return 0;
    }
}
int ct_mps_available(void) {
    try {
        return at::globalContext().hasMPS();
    } catch (...) {
        return 0;
    }
}
const char *ct_version(void) { return TORCH_VERSION; }
const char *ct_cpu_capability(void) {
    static const std::string capability = at::get_cpu_capability();
    return capability.c_str();
}
int ct_bf16_is_native(void) {
    try {
        const auto capabilities = at::cpu::get_cpu_capabilities();
        for (const char *name : {"amx_bf16", "avx512_bf16"}) {
            const auto found = capabilities.find(name);
            if (found != capabilities.end() && found->second.isBool() && found->second.toBool()) return 1;
        }
    } catch (...) {
    }
    return 0;
}
int64_t ct_peak_memory(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#if defined(__APPLE__)
    return usage.ru_maxrss;
#else
    return static_cast<int64_t>(usage.ru_maxrss) * 1024;
#endif
}

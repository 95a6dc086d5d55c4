// libtorch's own generator, so that a seed gives PyTorch's numbers.
#include <ATen/CPUGeneratorImpl.h>

#include "guard.hpp"

using darkroom::guarded;

CTGenerator *ct_generator_new(uint64_t seed, CTError *error) {
    return guarded<CTGenerator *>(error, nullptr, [&] { return new CTGenerator{at::detail::createCPUGenerator(seed)}; });
}
void ct_generator_free(CTGenerator *generator) { delete generator; }

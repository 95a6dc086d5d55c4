// libtorch's own generator, so that a seed gives PyTorch's numbers.
#include <ATen/CPUGeneratorImpl.h>

#include "guard.hpp"

using darkroom::guarded;

CTGenerator *ct_generator_new(uint64_t seed, CTError *error) {
    return guarded<CTGenerator *>(error, nullptr, [&] { return new CTGenerator{at::detail::createCPUGenerator(seed)}; });
}
void ct_generator_free(CTGenerator *generator) { delete generator; }
CTTensor *ct_generator_state(const CTGenerator *generator, CTError *error) {
    return guarded<CTTensor *>(error, nullptr, [&] { return darkroom::own(generator->value.get_state()); });
}
int ct_generator_set_state(CTGenerator *generator, const CTTensor *state, CTError *error) {
    return guarded<int>(error, -1, [&] {
        generator->value.set_state(state->value);
        return 0;
    });
}

// Work on libtorch's threads. Its own `at::parallel_for` is a template that runs on one thread unless the file that uses it is compiled
// with OpenMP; clang's OpenMP is another runtime than the one that libtorch brings, and two of them fight for the cores. An element-wise
// iteration is compiled in libtorch, with its threads.
#pragma once
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

namespace darkroom {

// Calls `some(first, last)` for parts of `begin ..< end`, side by side.
template <class Some> void parallel_for(int64_t begin, int64_t end, int64_t grain, const Some &some) {
    if (begin >= end) return;
    if (end - begin <= grain || at::get_num_threads() == 1 || at::in_parallel_region()) return some(begin, end);
    const auto places = at::arange(begin, end, at::kLong);
    auto iterator = at::TensorIteratorConfig().set_check_mem_overlap(false).add_output(places).add_const_input(places).build();
    iterator.for_each(
        [&](char **data, const int64_t *, int64_t count) {
            const int64_t first = *reinterpret_cast<const int64_t *>(data[0]);
            some(first, first + count);
        },
        grain);
}

}  // namespace darkroom

// Work on libtorch's threads. Its own `at::parallel_for` is a template that runs on one thread unless the file that uses it is compiled
// with OpenMP; clang's OpenMP is another runtime than the one that libtorch brings, and two of them fight for the cores. An element-wise
// iteration is compiled in libtorch, with its threads.
#pragma once
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

#include <algorithm>

namespace darkroom {

// Calls `some(first, last)` for parts of `begin ..< end`, one a thread and none much shorter than `grain`, side by side.
template <class Some> void parallel_for(int64_t begin, int64_t end, int64_t grain, const Some &some) {
    if (begin >= end) return;
    const int64_t count = end - begin, parts = std::min<int64_t>(at::get_num_threads(), (count + grain - 1) / grain);
    if (parts < 2 || at::in_parallel_region()) return some(begin, end);
    const int64_t part = (count + parts - 1) / parts;
    const auto places = at::arange(parts, at::kLong);
    auto iterator = at::TensorIteratorConfig().set_check_mem_overlap(false).add_output(places).add_const_input(places).build();
    iterator.for_each(
        [&](char **data, const int64_t *, int64_t places_here) {
            const int64_t first = begin + *reinterpret_cast<const int64_t *>(data[0]) * part;
            if (first < end) some(first, std::min(end, first + places_here * part));
        },
        1);
}

}  // namespace darkroom

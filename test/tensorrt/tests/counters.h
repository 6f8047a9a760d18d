// What the test libcuda has done, as numbers and as a trace.
#pragma once

#include <cstdint>
#include <vector>

#include "../cuda/trace.h"

namespace mindird::test {

/// A counter by its name in test_cuda::Counters; a name that is not there ends the process.
int64_t cuda_count(const char* name);
std::vector<test_cuda::TraceRecord> cuda_trace();
/// Sets the counters to zero and empties the trace.
void forget_cuda();

}  // namespace mindird::test

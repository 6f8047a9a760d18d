// Sums of f32 over the middle of [outer, count, inner] (inner contiguous).
#pragma once

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

/// y[inner] = scale * sum over count of x[count][inner].
void sum_rows(const float* x, int64_t count, int64_t inner, float scale, float* y);
/// The same for inner = 1.
float sum_line(const float* x, int64_t count);
void max_rows(const float* x, int64_t count, int64_t inner, float* y);

}  // namespace mindird::engines::cpu

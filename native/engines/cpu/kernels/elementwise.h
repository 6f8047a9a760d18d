// Runs of f32 functions that oneDNN lacks or gets wrong; `*_step` is 1 or 0 (the same element throughout) on the fast paths, any other value works too.
#pragma once

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

/// y = x limited to [low, high]; NaN stays NaN.
void clip_run(const float* x, float low, float high, float* y, int64_t count);
/// y = (x + 3) / 6 limited to [0, 1]; NaN stays NaN.
void hard_sigmoid_run(const float* x, float* y, int64_t count);
/// y where x is a number, else NaN
void keep_nan_run(const float* x, float* y, int64_t count);
/// y = x * a + b
void affine_run(const float* x, int64_t x_step, const float* a, int64_t a_step, const float* b, int64_t b_step, float* y, int64_t count);

}  // namespace mindird::engines::cpu

// GELU by the error function (Hendrycks and Gimpel, arXiv 1606.08415): x * Phi(x), Phi the distribution function of the normal distribution.
#pragma once

#include <cstdint>

namespace mindird::engines::cpu {

/// In place. Off by at most 1.1e-6, near zero by 2e-7 of the value; NaN stays NaN, of -infinity it is NaN, as 0 * -infinity is.
void gelu(float* values, int64_t count);

}  // namespace mindird::engines::cpu

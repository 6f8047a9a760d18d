// A first guess from an elementary approximation (S. Winitzki, A handy approximation for the error function and its inverse, 2008), then Halley's iteration on
// erfc, which keeps its digits where erf is close to 1. Each step triples the number of correct digits; the guess has two.
#include "ops/special/erf_inv.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace mindird::ops::special {

double erf_inv(double y) {
  const double size = std::abs(y);
  if (!(size <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (size == 1) return std::copysign(std::numeric_limits<double>::infinity(), y);
  constexpr double kA = 0.147;
  const double logarithm = std::log1p(-size * size);
  const double half = 2 / (std::numbers::pi * kA) + logarithm / 2;
  double x = std::sqrt(std::sqrt(half * half - logarithm / kA) - half);
  for (int i = 0; i < 3; ++i) {
    const double error = size < 0.5 ? std::erf(x) - size : (1 - size) - std::erfc(x);
    const double step = error / (2 * std::numbers::inv_sqrtpi * std::exp(-x * x));
    x -= step / (1 + x * step);
  }
  return std::copysign(x, y);
}

}  // namespace mindird::ops::special

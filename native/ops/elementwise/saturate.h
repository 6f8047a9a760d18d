// Floating point to integer without undefined results.
#pragma once

#include <cmath>
#include <concepts>
#include <limits>

namespace mindird::ops {

/// The value as T; what does not fit becomes the nearest T, and NaN 0.
template <std::integral T>
T saturate(double value) {
  // max() + 1 is a power of two, hence exact as double, unlike max() of 64-bit types.
  const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (std::isnan(value)) return 0;
  if (value >= above) return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

}  // namespace mindird::ops

// The order of elements that ArgReduce, Sort and TopK share: NaN counts as larger than every number, equals keep their positions.
#pragma once

#include <cmath>
#include <type_traits>

namespace mindird::ops {

template <class C>
bool is_nan(C value) {
  if constexpr (std::is_floating_point_v<C>) {
    return std::isnan(value);
  } else {
    return false;
  }
}

/// a before b in ascending order; a strict weak order over all values, NaN included.
template <class C>
bool ascends(C a, C b) {
  if (is_nan(b)) return !is_nan(a);
  return a < b;
}

}  // namespace mindird::ops

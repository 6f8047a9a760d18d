// Limits of double precision by short names, for the special functions.
#pragma once

#include <limits>

namespace mindird::ops::special {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

}  // namespace mindird::ops::special

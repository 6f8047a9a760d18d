// The inverse of the error function in double precision.
#pragma once

namespace mindird::ops::special {

/// The x with erf(x) = y; infinite at ±1, NaN beyond.
double erf_inv(double y);

}  // namespace mindird::ops::special

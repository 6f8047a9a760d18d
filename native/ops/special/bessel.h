// Bessel functions of the orders 0 and 1 in double precision. The scaled forms carry a factor exp(-|x|) (I) or exp(x) (K), so that they neither overflow nor
// vanish. Y and K are -∞ and ∞ at zero and NaN below it.
#pragma once

namespace mindird::ops::special {

/// I_order(x) exp(-|x|), order 0 or 1.
double bessel_i_scaled(int order, double x);
double bessel_i(int order, double x);
/// K_order(x) exp(x), order 0 or 1.
double bessel_k_scaled(int order, double x);
double bessel_k(int order, double x);
double bessel_j(int order, double x);
double bessel_y(int order, double x);

}  // namespace mindird::ops::special

// The gamma function and its relatives in double precision: logarithm, derivatives, incomplete forms, the Hurwitz zeta function and the
// incomplete beta function. Outside their domain they are NaN, at poles infinite where the pole has a sign.
#pragma once

namespace mindird::ops::special {

/// ln |Γ(x)|; infinite at 0, -1, -2 … and at both infinities.
double log_gamma(double x);
/// Γ'(x) / Γ(x); at 0 infinite with the sign of -x, NaN at -1, -2 …
double digamma(double x);
/// Σ (q + k)^-x over k ≥ 0; infinite at x = 1 and at q = 0, -1, -2 …; NaN for x < 1, and for q < 0 where x is no integer.
double zeta(double x, double q);
/// The n-th derivative of digamma, n a whole number ≥ 0 (NaN for others).
double polygamma(double n, double x);
/// P(a, x), the lower incomplete gamma function divided by Γ(a); NaN for a ≤ 0 or x < 0.
double gamma_p(double a, double x);
/// Q(a, x) = 1 - P(a, x), without the loss of digits.
double gamma_q(double a, double x);
/// I_x(a, b), the incomplete beta function divided by B(a, b); NaN for a ≤ 0, b ≤ 0 or x outside [0, 1].
double beta_i(double a, double b, double x);

}  // namespace mindird::ops::special

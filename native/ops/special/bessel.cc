// I by its power series (Abramowitz and Stegun, 9.6.10), whose terms all have one sign, and for large arguments by Hankel's expansion (9.7.1). K by its
// logarithmic series (9.6.11) up to 2, then by its integral ∫ exp(-x cosh t) cosh(νt) dt (9.6.24) with the trapezoidal rule, which for such an integrand
// converges exponentially, and for large arguments by Hankel's expansion (9.7.2). J and Y are those of the C library.
#include "ops/special/bessel.h"

#include <cmath>
#include <numbers>

#include "ops/special/limits.h"

namespace mindird::ops::special {
namespace {

/// From here on Hankel's expansion reaches double precision before its terms grow.
constexpr double kLarge = 40;

/// Σ (sign)^k a_k(ν) / x^k, the factor behind exp(∓x) in the expansions for large x.
double hankel(int order, double x, double sign) {
  const double mu = 4.0 * order * order;
  double term = 1;
  double sum = 1;
  for (int k = 1; k < 60 && std::abs(term) > kEpsilon / 4; ++k) {
    const double odd = 2 * k - 1;
    term *= sign * (mu - odd * odd) / (k * 8 * x);
    sum += term;
  }
  return sum;
}

/// K from its series around zero, for 0 < x ≤ 2: the logarithm times I, and a sum over ψ(k+1) + ψ(k+order+1).
double k_series(int order, double x) {
  const double quarter = x * x / 4;
  double psi = -std::numbers::egamma;    // ψ(k + 1)
  double term = order == 0 ? 1 : x / 2;  // (x/2)^(2k+order) / (k! (k+order)!)
  double sum = 0;
  double i = 0;
  for (int k = 0; k < 40; ++k) {
    const double both = order == 0 ? 2 * psi : 2 * psi + 1.0 / (k + 1);
    sum += term * both / 2;
    i += term;
    psi += 1.0 / (k + 1);
    term *= quarter / ((k + 1.0) * (k + 1.0 + order));
  }
  const double logarithm = std::log(x / 2) * i;
  return order == 0 ? sum - logarithm : 1 / x + logarithm - sum;
}

/// exp(x) K by the trapezoidal rule, for 2 < x < kLarge.
double k_integral(int order, double x) {
  constexpr double kStep = 0.0625;
  double sum = 0.5;
  for (int n = 1;; ++n) {
    const double t = n * kStep;
    const double weight = std::exp(-x * (std::cosh(t) - 1)) * (order == 0 ? 1 : std::cosh(t));
    sum += weight;
    if (weight < sum * kEpsilon / 16) break;
  }
  return sum * kStep;
}

}  // namespace

double bessel_i_scaled(int order, double x) {
  const double size = std::abs(x);
  const double sign = order == 1 && x < 0 ? -1 : 1;
  if (std::isinf(size)) return 0 * sign;
  if (size >= kLarge) return sign * hankel(order, size, -1) / std::sqrt(2 * std::numbers::pi * size);
  const double quarter = size * size / 4;
  double term = order == 0 ? 1 : size / 2;
  double sum = term;
  for (int k = 1; term > sum * kEpsilon / 4; ++k) {
    term *= quarter / (static_cast<double>(k) * (k + order));
    sum += term;
  }
  return std::isnan(x) ? x : sign * sum * std::exp(-size);
}

double bessel_i(int order, double x) {
  const double scaled = bessel_i_scaled(order, x);
  if (std::isinf(x)) return order == 1 ? x : kInfinity;
  // In two factors, since exp(|x|) may overflow where the product does not.
  const double half = std::exp(std::abs(x) / 2);
  return scaled * half * half;
}

double bessel_k_scaled(int order, double x) {
  if (x < 0 || std::isnan(x)) return kNaN;
  if (x == 0) return kInfinity;
  if (x <= 2) return k_series(order, x) * std::exp(x);
  if (x < kLarge) return k_integral(order, x);
  return std::isinf(x) ? 0 : hankel(order, x, 1) * std::sqrt(std::numbers::pi / (2 * x));
}

double bessel_k(int order, double x) {
  if (x > 0 && x <= 2) return k_series(order, x);
  return x > 0 ? bessel_k_scaled(order, x) * std::exp(-x) : bessel_k_scaled(order, x);
}

double bessel_j(int order, double x) { return order == 0 ? ::j0(x) : ::j1(x); }

double bessel_y(int order, double x) {
  if (x < 0 || std::isnan(x)) return kNaN;
  if (x == 0) return -kInfinity;
  return order == 0 ? ::y0(x) : ::y1(x);
}

}  // namespace mindird::ops::special

// Series, continued fractions and asymptotic expansions as in Abramowitz and Stegun, Handbook of Mathematical Functions, chapters 6, 23 and 26; continued
// fractions are evaluated by Lentz's method (NIST Digital Library of Mathematical Functions, 3.10.33).
#include "ops/special/gamma.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "ops/special/limits.h"

namespace mindird::ops::special {
namespace {

/// Series and fractions end long before, unless their arguments are huge; what has not ended then is NaN.
constexpr int kMostTerms = 10000;

/// B_2k / (2k), k = 1 …
constexpr std::array<double, 8> kBernoulliOverIndex = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12, -3617.0 / 8160};
/// B_2k / (2k)!, k = 1 …
constexpr std::array<double, 8> kBernoulliOverFactorial = {
    1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000, 1.0 / 74724249600, -3617.0 / 10670622842880000};

bool is_whole(double x) { return x == std::floor(x); }

/// A factor of Lentz's method, kept away from zero.
double nonzero(double x) { return x == 0 ? std::numeric_limits<double>::min() : x; }

/// x^a e^-x / Γ(a)
double gamma_weight(double a, double x) { return std::exp(a * std::log(x) - x - log_gamma(a)); }

/// P(a, x) by its power series (A&S 6.5.29), for x < a + 1.
double gamma_series(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < kMostTerms; ++n) {
    term *= x / (a + n);
    sum += term;
    if (term <= sum * kEpsilon / 2) return sum * gamma_weight(a, x);
  }
  return kNaN;
}

/// Q(a, x) by its continued fraction (A&S 6.5.31, even part), for x ≥ a + 1.
double gamma_fraction(double a, double x) {
  double b = x + 1 - a;
  double c = 1 / std::numeric_limits<double>::min();
  double d = 1 / nonzero(b);
  double h = d;
  for (int n = 1; n < kMostTerms; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = 1 / nonzero(numerator * d + b);
    c = nonzero(b + numerator / c);
    h *= d * c;
    if (std::abs(d * c - 1) < kEpsilon) return h * gamma_weight(a, x);
  }
  return kNaN;
}

/// From this a on the first terms of the expansion for large a are exact to double precision beside 1.
constexpr double kLargeA = 1e5;

/// Q(a, x) for large a, uniformly in x (NIST Digital Library of Mathematical Functions, 8.12.4 and 8.12.7 with c_0).
double gamma_uniform(double a, double x) {
  const double mu = x / a - 1;
  const double eta = std::copysign(std::sqrt(2 * std::max(0.0, mu - std::log1p(mu))), mu);
  const double c0 = std::abs(mu) < 1e-2 ? -1.0 / 3 + eta / 12 - 2 * eta * eta / 135 + eta * eta * eta / 864 : 1 / mu - 1 / eta;
  const double rest = std::exp(-a * eta * eta / 2) / std::sqrt(2 * std::numbers::pi * a) * c0;
  return std::erfc(eta * std::sqrt(a / 2)) / 2 + rest;
}

/// The continued fraction of the incomplete beta function (A&S 26.5.8), for x below (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  double c = 1;
  double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
  double h = d;
  for (int m = 1; m < kMostTerms; ++m) {
    double step = 1;
    for (const double numerator : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 / nonzero(1 + numerator * d);
      c = nonzero(1 + numerator / c);
      step = c * d;
      h *= step;
    }
    if (std::abs(step - 1) < kEpsilon) return h;
  }
  return kNaN;
}

/// P or Q, whichever the method at hand gives, and the other as what is left to 1.
double gamma_part(double a, double x, bool lower) {
  if (!(a > 0) || !(x >= 0) || (std::isinf(a) && (x == 0 || std::isinf(x)))) return kNaN;
  if (x == 0 || std::isinf(a)) return lower ? 0 : 1;
  if (std::isinf(x)) return lower ? 1 : 0;
  const bool series = x < a + 1 && a < kLargeA;
  const double part = series ? gamma_series(a, x) : a < kLargeA ? gamma_fraction(a, x) : gamma_uniform(a, x);
  return series == lower ? part : 1 - part;
}

}  // namespace

double log_gamma(double x) {
  int sign = 0;  // std::lgamma would leave the sign in a variable that all threads share
  return lgamma_r(x, &sign);
}

/// Recurrence up to x ≥ 10, then the asymptotic series (A&S 6.3.18); reflection (6.3.7) below zero.
double digamma(double x) {
  if (x <= 0) {
    if (x == 0) return std::copysign(kInfinity, -x);
    if (is_whole(x)) return kNaN;
    return digamma(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * (x - std::floor(x)));
  }
  if (std::isinf(x)) return x;
  double shift = 0;
  for (; x < 10; ++x) shift += 1 / x;
  const double square = 1 / (x * x);
  double power = 1;
  double series = 0;
  for (const double coefficient : kBernoulliOverIndex) {
    power *= square;
    series += coefficient * power;
  }
  return std::log(x) - 0.5 / x - series - shift;
}

/// Euler-Maclaurin summation (A&S 23.2.3 generalised by q): N terms, the integral behind them and its corrections.
double zeta(double x, double q) {
  if (x == 1) return kInfinity;
  if (!(x > 1) || std::isnan(q)) return kNaN;
  if (q <= 0) {
    if (is_whole(q)) return kInfinity;
    if (!is_whole(x)) return kNaN;
  }
  if (std::isinf(x)) return q > 1 ? 0 : q == 1 ? 1 : kInfinity;  // powers of q alone, as all others vanish beside it
  double sum = 0;
  double a = q;
  for (int n = 0; n < 12 || a < 10; ++n, ++a) {
    const double term = std::pow(a, -x);
    sum += term;
    if (std::abs(term) < std::abs(sum) * kEpsilon / 4 && a > 0) return sum;
    // Far below zero the terms grow and shrink again over a range no caller means; the sum of so many is not attempted.
    if (n >= kMostTerms) return kNaN;
  }
  const double edge = std::pow(a, -x);
  sum += a * edge / (x - 1) + edge / 2;
  double factor = x * edge / a;
  for (size_t k = 0; k < kBernoulliOverFactorial.size(); ++k) {
    const double term = kBernoulliOverFactorial[k] * factor;
    sum += term;
    if (std::abs(term) < std::abs(sum) * kEpsilon / 4) break;
    const auto next = x + 2 * static_cast<double>(k);
    factor *= (next + 1) * (next + 2) / (a * a);
  }
  return sum;
}

double polygamma(double n, double x) {
  if (!(n >= 0) || !is_whole(n)) return kNaN;
  if (n == 0) return digamma(x);
  const double size = std::exp(log_gamma(n + 1)) * zeta(n + 1, x);
  return std::fmod(n, 2) == 0 ? -size : size;
}

double gamma_p(double a, double x) { return gamma_part(a, x, true); }
double gamma_q(double a, double x) { return gamma_part(a, x, false); }

double beta_i(double a, double b, double x) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1)) return kNaN;
  if (x == 0 || x == 1) return x;
  const double weight = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return weight * beta_fraction(a, b, x) / a;
  return 1 - weight * beta_fraction(b, a, 1 - x) / b;
}

}  // namespace mindird::ops::special

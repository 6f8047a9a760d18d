// The functions of Unary, one per kind, on float or double. Each is written so that it neither overflows nor cancels
// where its value is ordinary. `p` holds the operator's parameters.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mindird::ops::unary {

template <class C>
struct Parameters {
  C alpha;
  C beta;
};

/// A constant in the type of x.
template <class C>
constexpr C constant(C /*like*/, double value) { return static_cast<C>(value); }

inline constexpr auto sign = [](auto x, const auto&) { return x > 0 ? constant(x, 1) : x < 0 ? constant(x, -1) : x; };
inline constexpr auto rsqrt = [](auto x, const auto&) { return 1 / std::sqrt(x); };
inline constexpr auto reciprocal = [](auto x, const auto&) { return 1 / x; };
inline constexpr auto square = [](auto x, const auto&) { return x * x; };

inline constexpr auto sigmoid = [](auto x, const auto&) { return 1 / (1 + std::exp(-x)); };
inline constexpr auto relu = [](auto x, const auto&) { return x > 0 ? x : constant(x, 0); };
inline constexpr auto relu6 = [](auto x, const auto&) { return x > 0 ? std::min(x, constant(x, 6)) : constant(x, 0); };
inline constexpr auto leaky_relu = [](auto x, const auto& p) { return x > 0 ? x : p.alpha * x; };
inline constexpr auto elu = [](auto x, const auto& p) { return x > 0 ? x : p.alpha * std::expm1(x); };
inline constexpr auto celu = [](auto x, const auto& p) { return x > 0 ? x : p.alpha * std::expm1(x / p.alpha); };
inline constexpr auto selu = [](auto x, const auto&) {
  return constant(x, 1.0507009873554805) * (x > 0 ? x : constant(x, 1.6732632423543772) * std::expm1(x));
};
// NaN stays NaN, other than in relu6.
inline constexpr auto hard_sigmoid = [](auto x, const auto&) {
  const auto shifted = x + 3;
  return (shifted < 0 ? constant(x, 0) : shifted > 6 ? constant(x, 6) : shifted) / 6;
};
inline constexpr auto hard_swish = [](auto x, const auto& p) { return x * relu6(x + 3, p) / 6; };

// 1 + erf(t) = erfc(-t) keeps its digits for negative t.
inline constexpr auto gelu_erf = [](auto x, const auto&) { return x * std::erfc(-x * constant(x, std::numbers::sqrt2 / 2)) / 2; };
inline constexpr auto gelu_tanh = [](auto x, const auto&) {
  const auto inner = constant(x, 0.7978845608028654) * (x + constant(x, 0.044715) * x * x * x);
  return x * (1 + std::tanh(inner)) / 2;
};
inline constexpr auto fast_gelu = [](auto x, const auto&) {
  return x / (1 + std::exp(constant(x, -1.702) * std::abs(x))) * (x > 0 ? constant(x, 1) : std::exp(constant(x, 1.702) * x));
};
inline constexpr auto silu = [](auto x, const auto&) { return x / (1 + std::exp(-x)); };
inline constexpr auto softplus = [](auto x, const auto&) { return std::max(x, constant(x, 0)) + std::log1p(std::exp(-std::abs(x))); };
inline constexpr auto mish = [](auto x, const auto& p) { return x * std::tanh(softplus(x, p)); };
inline constexpr auto softsign = [](auto x, const auto&) { return x / (1 + std::abs(x)); };
inline constexpr auto log_sigmoid = [](auto x, const auto& p) { return -softplus(-x, p); };
inline constexpr auto clip = [](auto x, const auto& p) {
  const auto raised = x < p.alpha ? p.alpha : x;
  return raised > p.beta ? p.beta : raised;
};

}  // namespace mindird::ops::unary

/// A standard function of <cmath> in the form of the functions above.
#define MINDIRD_UNARY_STD(name) [](auto x, const auto&) { return std::name(x); }

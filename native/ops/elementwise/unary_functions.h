// The functions of Unary, one per kind, on float or double. Each is written so that it neither overflows nor cancels
// where its value is ordinary. `p` holds the operator's parameters.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/elementwise/unary.h"

namespace mindird::ops::unary {

template <class C>
struct Parameters {
  C alpha;
  C beta;
};

/// A constant in the type of x.
template <class C>
constexpr C constant(C /*like*/, double value) {
  return static_cast<C>(value);
}

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

/// A standard function of <cmath> in the form of the functions above.
#define MINDIRD_UNARY_STD(name) [](auto x, const auto&) { return std::name(x); }

template <class F>
bool visit_arithmetic(UnaryKind kind, F&& f) {
  switch (kind) {
    case UnaryKind::kAbs: return f(MINDIRD_UNARY_STD(abs)), true;
    case UnaryKind::kNeg: return f([](auto x, const auto&) { return -x; }), true;
    case UnaryKind::kSign: return f(sign), true;
    case UnaryKind::kFloor: return f(MINDIRD_UNARY_STD(floor)), true;
    case UnaryKind::kCeil: return f(MINDIRD_UNARY_STD(ceil)), true;
    case UnaryKind::kRound: return f(MINDIRD_UNARY_STD(rint)), true;
    case UnaryKind::kExp: return f(MINDIRD_UNARY_STD(exp)), true;
    case UnaryKind::kExpm1: return f(MINDIRD_UNARY_STD(expm1)), true;
    case UnaryKind::kLog: return f(MINDIRD_UNARY_STD(log)), true;
    case UnaryKind::kLog1p: return f(MINDIRD_UNARY_STD(log1p)), true;
    case UnaryKind::kSqrt: return f(MINDIRD_UNARY_STD(sqrt)), true;
    case UnaryKind::kRsqrt: return f(rsqrt), true;
    case UnaryKind::kReciprocal: return f(reciprocal), true;
    case UnaryKind::kSquare: return f(square), true;
    case UnaryKind::kSin: return f(MINDIRD_UNARY_STD(sin)), true;
    case UnaryKind::kCos: return f(MINDIRD_UNARY_STD(cos)), true;
    case UnaryKind::kTan: return f(MINDIRD_UNARY_STD(tan)), true;
    case UnaryKind::kAsin: return f(MINDIRD_UNARY_STD(asin)), true;
    case UnaryKind::kAcos: return f(MINDIRD_UNARY_STD(acos)), true;
    case UnaryKind::kAtan: return f(MINDIRD_UNARY_STD(atan)), true;
    case UnaryKind::kSinh: return f(MINDIRD_UNARY_STD(sinh)), true;
    case UnaryKind::kCosh: return f(MINDIRD_UNARY_STD(cosh)), true;
    case UnaryKind::kTanh: return f(MINDIRD_UNARY_STD(tanh)), true;
    case UnaryKind::kAsinh: return f(MINDIRD_UNARY_STD(asinh)), true;
    case UnaryKind::kAcosh: return f(MINDIRD_UNARY_STD(acosh)), true;
    case UnaryKind::kAtanh: return f(MINDIRD_UNARY_STD(atanh)), true;
    case UnaryKind::kErf: return f(MINDIRD_UNARY_STD(erf)), true;
    case UnaryKind::kErfc: return f(MINDIRD_UNARY_STD(erfc)), true;
    default: return false;
  }
}

template <class F>
bool visit_activation(UnaryKind kind, F&& f) {
  switch (kind) {
    case UnaryKind::kSigmoid: return f(sigmoid), true;
    case UnaryKind::kRelu: return f(relu), true;
    case UnaryKind::kRelu6: return f(relu6), true;
    case UnaryKind::kLeakyRelu: return f(leaky_relu), true;
    case UnaryKind::kElu: return f(elu), true;
    case UnaryKind::kCelu: return f(celu), true;
    case UnaryKind::kSelu: return f(selu), true;
    case UnaryKind::kHardSigmoid: return f(hard_sigmoid), true;
    case UnaryKind::kHardSwish: return f(hard_swish), true;
    case UnaryKind::kGeluErf: return f(gelu_erf), true;
    case UnaryKind::kGeluTanh: return f(gelu_tanh), true;
    case UnaryKind::kFastGelu: return f(fast_gelu), true;
    case UnaryKind::kSilu: return f(silu), true;
    case UnaryKind::kMish: return f(mish), true;
    case UnaryKind::kSoftplus: return f(softplus), true;
    case UnaryKind::kSoftsign: return f(softsign), true;
    case UnaryKind::kLogSigmoid: return f(log_sigmoid), true;
    case UnaryKind::kClip: return f(clip), true;
    default: return false;
  }
}

/// Calls f with the function of a kind; false for the logical kinds and the predicates, which have none.
template <class F>
bool visit_function(UnaryKind kind, F&& f) {
  return visit_arithmetic(kind, f) || visit_activation(kind, f);
}

#undef MINDIRD_UNARY_STD

}  // namespace mindird::ops::unary

// The kinds of Unary that keep integers integers. Arithmetic wraps in the width of the type.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "ops/elementwise/saturate.h"
#include "ops/support.h"
#include "ops/elementwise/unary.h"

namespace mindird::ops::unary {

inline bool has_integer_form(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kAbs:
    case UnaryKind::kNeg:
    case UnaryKind::kSign:
    case UnaryKind::kFloor:
    case UnaryKind::kCeil:
    case UnaryKind::kRound:
    case UnaryKind::kSquare:
    case UnaryKind::kRelu:
    case UnaryKind::kRelu6:
    case UnaryKind::kClip: return true;
    default: return false;
  }
}

template <std::integral T>
T negated(T x) {
  return static_cast<T>(uint64_t{0} - static_cast<uint64_t>(x));
}

template <std::integral T>
T integer_function(UnaryKind kind, T x, T low, T high) {
  switch (kind) {
    case UnaryKind::kAbs: return x < 0 ? negated(x) : x;
    case UnaryKind::kNeg: return negated(x);
    case UnaryKind::kSign: return x > 0 ? T{1} : x < 0 ? static_cast<T>(-1) : T{0};
    case UnaryKind::kSquare: return static_cast<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(x));
    case UnaryKind::kRelu: return std::max<T>(x, 0);
    case UnaryKind::kRelu6: return std::clamp<T>(x, 0, 6);
    case UnaryKind::kClip: return std::min(std::max(x, low), high);
    default: return x;  // floor, ceil and round of an integer
  }
}

/// Bounds of clip that are no integers move inwards: low up, high down.
template <std::integral T>
Status run_integer(UnaryKind kind, double alpha, double beta, std::span<const T> in, std::span<T> out) {
  if (!has_integer_form(kind)) {
    return unsupported(str("unary ", kUnaryKindNames[static_cast<size_t>(kind)], " of integers"));
  }
  const T low = saturate<T>(std::ceil(alpha));
  const T high = saturate<T>(std::floor(beta));
  for (size_t i = 0; i < in.size(); ++i) out[i] = integer_function(kind, in[i], low, high);
  return {};
}

}  // namespace mindird::ops::unary

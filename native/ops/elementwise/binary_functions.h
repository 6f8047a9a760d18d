// The functions of Binary on numbers: floating point as <cmath> has them, integers wrapping in the width of their type and
// never dividing by zero (the result is 0 then).
#pragma once

#include <cmath>
#include <concepts>
#include <type_traits>
#include <utility>

#include "ops/elementwise/binary.h"

namespace mindird::ops::binary {

template <class C>
concept Floating = std::floating_point<C>;
template <class C>
concept Integer = std::integral<C>;

// Integer arithmetic goes through uint64_t, where wrapping is defined.
template <Integer C>
uint64_t bits(C x) {
  return static_cast<uint64_t>(x);
}

inline constexpr auto add = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return static_cast<C>(bits(x) + bits(y));
  else
    return x + y;
};
inline constexpr auto sub = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return static_cast<C>(bits(x) - bits(y));
  else
    return x - y;
};
inline constexpr auto mul = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return static_cast<C>(bits(x) * bits(y));
  else
    return x * y;
};

/// Quotient towards zero; dividing by -1 negates with wrapping, since the most negative value has no positive counterpart.
template <Integer C>
C quotient(C x, C y) {
  if (y == 0) return 0;
  if constexpr (std::is_signed_v<C>) {
    if (y == -1) return static_cast<C>(uint64_t{0} - bits(x));
  }
  return static_cast<C>(x / y);
}

/// Remainder with the sign of x.
template <Integer C>
C remainder(C x, C y) {
  if (y == 0) return 0;
  if constexpr (std::is_signed_v<C>) {
    if (y == -1) return 0;
  }
  return static_cast<C>(x % y);
}

/// True when a non-zero remainder and its divisor point in different directions, so that rounding down moves one step.
template <class C>
bool crosses(C rest, C divisor) {
  return rest != 0 && ((rest < 0) != (divisor < 0));
}

inline constexpr auto div = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return quotient(x, y);
  else
    return x / y;
};
inline constexpr auto floor_div = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return static_cast<C>(quotient(x, y) - (crosses(remainder(x, y), y) ? 1 : 0));
  else
    return std::floor(x / y);
};
inline constexpr auto trunc_mod = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return remainder(x, y);
  else
    return std::fmod(x, y);
};
inline constexpr auto floor_mod = []<class C>(C x, C y) -> C {
  const C rest = trunc_mod(x, y);
  return crosses(rest, y) ? static_cast<C>(rest + y) : rest;
};

/// By squaring; a negative exponent gives the truncated reciprocal, which is 0 but for bases 1 and -1.
template <Integer C>
C integer_power(C base, C exponent) {
  if (exponent < 0) {
    if (base == 1) return 1;
    if constexpr (std::is_signed_v<C>) {
      if (base == -1) return exponent % 2 == 0 ? C{1} : static_cast<C>(-1);
    }
    return 0;
  }
  uint64_t result = 1;
  uint64_t square = bits(base);
  for (uint64_t rest = bits(exponent); rest != 0; rest >>= 1U) {
    if ((rest & 1U) != 0) result *= square;
    square *= square;
  }
  return static_cast<C>(result);
}

inline constexpr auto pow = []<class C>(C x, C y) -> C {
  if constexpr (Integer<C>)
    return integer_power(x, y);
  else
    return std::pow(x, y);
};
// NaN in either operand gives NaN: it fails the comparison as y, and differs from itself as x.
inline constexpr auto maximum = []<class C>(C x, C y) -> C { return x > y || x != x ? x : y; };
inline constexpr auto minimum = []<class C>(C x, C y) -> C { return x < y || x != x ? x : y; };
inline constexpr auto squared_difference = []<class C>(C x, C y) -> C {
  const C difference = sub(x, y);
  return mul(difference, difference);
};
inline constexpr auto bit_and = []<Integer C>(C x, C y) -> C { return static_cast<C>(bits(x) & bits(y)); };
inline constexpr auto bit_or = []<Integer C>(C x, C y) -> C { return static_cast<C>(bits(x) | bits(y)); };
inline constexpr auto bit_xor = []<Integer C>(C x, C y) -> C { return static_cast<C>(bits(x) ^ bits(y)); };
template <Integer C>
uint64_t magnitude(C x) {
  return x < 0 ? uint64_t{0} - bits(x) : bits(x);
}
/// By Euclid's algorithm.
inline constexpr auto gcd = []<Integer C>(C x, C y) -> C {
  uint64_t a = magnitude(x);
  uint64_t b = magnitude(y);
  while (b != 0) a = std::exchange(b, a % b);
  return static_cast<C>(a);
};
inline constexpr auto lcm = []<Integer C>(C x, C y) -> C {
  if (x == 0 || y == 0) return 0;
  return static_cast<C>(magnitude(x) / magnitude(gcd(x, y)) * magnitude(y));
};
/// Negative distances are beyond the width too, seen as unsigned.
inline constexpr auto shift_left = []<Integer C>(C x, C y) -> C { return bits(y) >= 8 * sizeof(C) ? C{0} : static_cast<C>(bits(x) << bits(y)); };
inline constexpr auto shift_right = []<Integer C>(C x, C y) -> C {
  if (bits(y) >= 8 * sizeof(C)) return static_cast<C>(x < 0 ? -1 : 0);
  return static_cast<C>(x >> y);
};
inline constexpr auto atan2 = []<Floating C>(C x, C y) -> C { return std::atan2(x, y); };

template <class F>
bool visit_integer_function(BinaryKind kind, F&& f) {
  switch (kind) {
    case BinaryKind::kBitAnd: return f(bit_and), true;
    case BinaryKind::kBitOr: return f(bit_or), true;
    case BinaryKind::kBitXor: return f(bit_xor), true;
    case BinaryKind::kGcd: return f(gcd), true;
    case BinaryKind::kLcm: return f(lcm), true;
    case BinaryKind::kShiftLeft: return f(shift_left), true;
    case BinaryKind::kShiftRight: return f(shift_right), true;
    default: return false;
  }
}

/// Calls f with the function of a kind on elements of type C, the type arithmetic is done in (bool for logical kinds); false when there is none.
template <class C, class F>
bool visit_function(BinaryKind kind, F&& f) {
  if constexpr (std::is_same_v<C, bool>) {
    switch (kind) {
      case BinaryKind::kLogicalAnd: return f([](bool x, bool y) { return x && y; }), true;
      case BinaryKind::kLogicalOr: return f([](bool x, bool y) { return x || y; }), true;
      case BinaryKind::kLogicalXor: return f([](bool x, bool y) { return x != y; }), true;
      default: return false;
    }
  } else {
    switch (kind) {
      case BinaryKind::kAdd: return f(add), true;
      case BinaryKind::kSub: return f(sub), true;
      case BinaryKind::kMul: return f(mul), true;
      case BinaryKind::kDiv: return f(div), true;
      case BinaryKind::kFloorDiv: return f(floor_div), true;
      case BinaryKind::kFloorMod: return f(floor_mod), true;
      case BinaryKind::kTruncMod: return f(trunc_mod), true;
      case BinaryKind::kPow: return f(pow), true;
      case BinaryKind::kMaximum: return f(maximum), true;
      case BinaryKind::kMinimum: return f(minimum), true;
      case BinaryKind::kSquaredDifference: return f(squared_difference), true;
      case BinaryKind::kAtan2:
        if constexpr (Floating<C>) return f(atan2), true;
        return false;
      default: break;
    }
    if constexpr (Integer<C>) return visit_integer_function(kind, std::forward<F>(f));
    return false;
  }
}

}  // namespace mindird::ops::binary

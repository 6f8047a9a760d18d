// Conversions between element types, one value at a time: what Cast means. Everything is an expression of comparisons and selections, so that loops over
// it become vector instructions.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ops/support.h"

namespace mindird::ops {

/**
 * Drops the fraction. A value beyond the range of Int, NaN included, becomes its least one: the result of x86's own conversion, and with it of
 * MindSpore's kernels there.
 */
template <std::signed_integral Int, std::floating_point C>
Int truncate(C x) {
  constexpr auto kLeast = static_cast<C>(std::numeric_limits<Int>::min());  // a power of two, hence exact, as is its opposite
  const bool fits = (x >= kLeast) & (x < -kLeast);
  const Int whole = static_cast<Int>(fits ? x : C{0});
  return fits ? whole : std::numeric_limits<Int>::min();
}

/**
 * Floating point to integer: by way of 32 bits, of 64 for the types that need them; narrower and unsigned types take the low bits. u64 counts on to 2^64,
 * and what is beyond gives 0.
 */
template <std::integral To, std::floating_point C>
To integer_from(C x) {
  if constexpr (std::is_same_v<To, uint64_t>) {
    constexpr auto kHalf = static_cast<C>(uint64_t{1} << 63U);
    constexpr uint64_t kTop = uint64_t{1} << 63U;
    return x >= kHalf ? static_cast<uint64_t>(truncate<int64_t>(x - kHalf)) ^ kTop : static_cast<uint64_t>(truncate<int64_t>(x));
  } else {
    using Whole = std::conditional_t<(sizeof(To) > 4 || std::is_same_v<To, uint32_t>), int64_t, int32_t>;
    return static_cast<To>(truncate<Whole>(x));
  }
}

/// Whether a number is other than zero; subnormal ones are, even where the processor is told to take them for zero.
template <class C>
bool is_set(C x) {
  if constexpr (std::is_same_v<C, float>) {
    return (std::bit_cast<uint32_t>(x) << 1U) != 0;
  } else if constexpr (std::is_same_v<C, double>) {
    return (std::bit_cast<uint64_t>(x) << 1U) != 0;
  } else {
    return x != C{};
  }
}

/// An element as an element of another type: integers wrap, floats round to the nearest (infinity beyond the range), bool is whether it is not zero.
template <class To, class From>
To convert(From value) {
  const auto x = load(value);
  using C = Compute<From>;
  if constexpr (std::is_same_v<To, BoolByte>) {
    return BoolByte(is_set(x));
  } else if constexpr (std::floating_point<C> && std::integral<To>) {
    return integer_from<To>(x);
  } else {
    return static_cast<To>(static_cast<Compute<To>>(x));
  }
}

}  // namespace mindird::ops

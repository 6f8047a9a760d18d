// Checked arithmetic for sizes that come from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace mindird {

/// a * b, or nothing when it does not fit in int64.
inline std::optional<int64_t> checked_mul(int64_t a, int64_t b) {
  int64_t r = 0;
  if (__builtin_mul_overflow(a, b, &r)) return std::nullopt;
  return r;
}

/// a + b, or nothing when it does not fit in int64.
inline std::optional<int64_t> checked_add(int64_t a, int64_t b) {
  int64_t r = 0;
  if (__builtin_add_overflow(a, b, &r)) return std::nullopt;
  return r;
}

/// The product of all values (1 for none), or nothing when it overflows or a value is negative.
inline std::optional<int64_t> checked_product(std::span<const int64_t> values) {
  int64_t product = 1;
  for (int64_t v : values) {
    if (v < 0 || __builtin_mul_overflow(product, v, &product)) return std::nullopt;
  }
  return product;
}

}  // namespace mindird

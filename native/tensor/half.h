// Storage types of float16 and bfloat16: bits with conversions from and to float (round to nearest even).
#pragma once

#include <bit>
#include <cstdint>

namespace mindird {

/// float16 bits of a float; overflow gives infinity, NaN stays NaN.
uint16_t half_from_float(float value);
float float_from_half(uint16_t bits);

struct Half {
  uint16_t bits = 0;
  Half() = default;
  explicit Half(float value) : bits(half_from_float(value)) {}
  explicit operator float() const { return float_from_half(bits); }
};

struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) {
    const auto u = std::bit_cast<uint32_t>(value);
    const bool nan = (u & 0x7fffffffU) > 0x7f800000U;
    bits = nan ? static_cast<uint16_t>((u >> 16U) | 0x40U) : static_cast<uint16_t>((u + 0x7fffU + ((u >> 16U) & 1U)) >> 16U);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16U); }
};

}  // namespace mindird

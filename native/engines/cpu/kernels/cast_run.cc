// f16 is converted by arithmetic on its bits: the library's conversions are calls, one per element. A half is an integer of 16 bits here.
#include <bit>

#include "engines/cpu/kernels/element_run.h"
#include "ops/elementwise/convert.h"

namespace mindird::engines::cpu {
namespace {

constexpr uint32_t kRebias = 112U << 23U;  // the difference of the exponents' biases, at the place of the exponent of f32

MINDIRD_INLINE Half narrow(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7fffffffU;
  const uint32_t normal = (magnitude - kRebias + 0xfffU + ((magnitude >> 13U) & 1U)) >> 13U;
  // Below 2^-14 the unit is 2^-24, that of numbers beside one half: an addition rounds to it.
  const uint32_t small = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<uint32_t>(0.5F);
  const uint32_t large = magnitude > 0x7f800000U ? 0x7e00U : 0x7c00U;
  const uint32_t finite = magnitude < 0x38800000U ? small : normal;
  const uint32_t result = magnitude >= 0x477ff000U ? large : finite;
  Half half;
  half.bits = static_cast<uint16_t>(result | ((bits >> 16U) & 0x8000U));
  return half;
}

MINDIRD_INLINE float widen(Half half) {
  const uint32_t magnitude = half.bits & 0x7fffU;
  const uint32_t sign = (half.bits & 0x8000U) << 16U;
  const uint32_t small = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24F);
  const uint32_t normal = (magnitude << 13U) + kRebias;
  const uint32_t large = (magnitude << 13U) | 0x7f800000U;
  const uint32_t result = magnitude >= 0x7c00U ? large : magnitude < 0x400U ? small : normal;
  return std::bit_cast<float>(result | sign);
}

/// ops::convert() with conversions of f16 that become vector instructions.
template <class To, class From>
MINDIRD_INLINE To cast_element(From value) {
  if constexpr (std::is_same_v<To, Half> && std::is_same_v<From, float>) {
    return narrow(value);
  } else if constexpr (std::is_same_v<To, float> && std::is_same_v<From, Half>) {
    return widen(value);
  } else {
    return ops::convert<To>(value);
  }
}

template <class T>
inline constexpr bool kCommon = kVectorised<T> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <class From, class To>
MINDIRD_CLONES void cloned(const ElementRun& r) {
  one_operand<From, To>(r, [](From x) { return cast_element<To>(x); });
}

template <class From, class To>
void plain(const ElementRun& r) {
  one_operand<From, To>(r, [](From x) { return cast_element<To>(x); });
}

template <class Through>
MINDIRD_CLONES void round(const ElementRun& r) {
  one_operand<float, float>(r, [](float x) { return cast_element<float>(cast_element<Through>(x)); });
}

template <class From, class To>
ElementKernel kernel() {
  if constexpr (kCommon<From> && kCommon<To>) {
    return cloned<From, To>;
  } else {
    return plain<From, To>;
  }
}

template <class From>
ElementKernel find_target(DType to) {
  switch (to) {
    case DType::kBool: return kernel<From, ops::BoolByte>();
    case DType::kU8: return kernel<From, uint8_t>();
    case DType::kU16: return kernel<From, uint16_t>();
    case DType::kU32: return kernel<From, uint32_t>();
    case DType::kU64: return kernel<From, uint64_t>();
    case DType::kI8: return kernel<From, int8_t>();
    case DType::kI16: return kernel<From, int16_t>();
    case DType::kI32: return kernel<From, int32_t>();
    case DType::kI64: return kernel<From, int64_t>();
    case DType::kF16: return kernel<From, Half>();
    case DType::kBF16: return kernel<From, BFloat16>();
    case DType::kF32: return kernel<From, float>();
    case DType::kF64: return kernel<From, double>();
    default: return nullptr;
  }
}

}  // namespace

ElementKernel find_cast(DType from, DType to) {
  ElementKernel found = nullptr;
  static_cast<void>(ops::dispatch_any(from, [&]<class From>() { found = find_target<From>(to); }));
  return found;
}

ElementKernel find_rounding(DType through) { return through == DType::kF16 ? round<Half> : round<BFloat16>; }

}  // namespace mindird::engines::cpu

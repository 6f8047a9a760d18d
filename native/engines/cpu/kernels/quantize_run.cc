#include <algorithm>
#include <cstring>

#include "engines/cpu/kernels/element_run.h"

namespace mindird::engines::cpu {
namespace {

typedef int32_t I16 __attribute__((vector_size(64)));
typedef int8_t B16 __attribute__((vector_size(16)));

/// Added to a number of few digits and taken away again, it leaves the nearest integer, the even one of two.
constexpr float kRounder = 0x1.8p23F;

MINDIRD_INLINE int8_t to_integer(float steps) {
  const float within = std::min(std::max(steps == steps ? steps : 0.0F, -128.0F), 127.0F);
  return static_cast<int8_t>(static_cast<int32_t>(within + kRounder - kRounder));
}

/// to_integer() of 16 numbers of steps.
MINDIRD_INLINE void store_integers(const V16& steps, int8_t* to) {
  const V16 zero{};
  V16 within = steps == steps ? steps : zero;
  within = within > -128.0F ? within : zero - 128.0F;
  within = within < 127.0F ? within : zero + 127.0F;
  const B16 integers = __builtin_convertvector(__builtin_convertvector(within + kRounder - kRounder, I16), B16);
  std::memcpy(to, &integers, sizeof integers);
}

MINDIRD_CLONES void quantize(const ElementRun& r) {
  const auto scale = static_cast<float>(r.alpha);
  const auto* x = reinterpret_cast<const float*>(r.from[0]);
  auto* y = reinterpret_cast<int8_t*>(r.to);
  int64_t i = 0;
  if (r.step[0] == 1) {
    for (; i + kLanes <= r.count; i += kLanes) store_integers(*reinterpret_cast<const V16*>(x + i) / scale, y + i);
  }
  for (; i < r.count; ++i) y[i] = to_integer(x[i * r.step[0]] / scale);
}

MINDIRD_CLONES void requantize(const ElementRun& r) {
  const auto from = static_cast<float>(r.alpha);
  const auto to = static_cast<float>(r.beta);
  const auto* x = reinterpret_cast<const int8_t*>(r.from[0]);
  auto* y = reinterpret_cast<int8_t*>(r.to);
  int64_t i = 0;
  if (r.step[0] == 1) {
    for (; i + kLanes <= r.count; i += kLanes) {
      B16 integers;
      std::memcpy(&integers, x + i, sizeof integers);
      const V16 numbers = __builtin_convertvector(__builtin_convertvector(integers, I16), V16);
      store_integers(numbers * from / to, y + i);
    }
  }
  for (; i < r.count; ++i) y[i] = to_integer(static_cast<float>(x[i * r.step[0]]) * from / to);
}

MINDIRD_CLONES void dequantize(const ElementRun& r) {
  const auto scale = static_cast<float>(r.alpha);
  one_operand<int8_t, float>(r, [scale](int8_t q) { return static_cast<float>(q) * scale; });
}

}  // namespace

ElementKernel quantize_kernel() { return quantize; }
ElementKernel requantize_kernel() { return requantize; }
ElementKernel dequantize_kernel() { return dequantize; }

}  // namespace mindird::engines::cpu

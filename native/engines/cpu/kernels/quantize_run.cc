#include <algorithm>

#include "engines/cpu/kernels/element_run.h"

namespace mindird::engines::cpu {
namespace {

/// Added to a number of few digits and taken away again, it leaves the nearest integer, the even one of two.
constexpr float kRounder = 0x1.8p23F;

MINDIRD_CLONES void quantize(const ElementRun& r) {
  const auto scale = static_cast<float>(r.alpha);
  one_operand<float, int8_t>(r, [scale](float x) {
    const float steps = x / scale;
    const float within = std::min(std::max(steps == steps ? steps : 0.0F, -128.0F), 127.0F);
    return static_cast<int8_t>(static_cast<int32_t>(within + kRounder - kRounder));
  });
}

MINDIRD_CLONES void dequantize(const ElementRun& r) {
  const auto scale = static_cast<float>(r.alpha);
  one_operand<int8_t, float>(r, [scale](int8_t q) { return static_cast<float>(q) * scale; });
}

}  // namespace

ElementKernel quantize_kernel() { return quantize; }
ElementKernel dequantize_kernel() { return dequantize; }

}  // namespace mindird::engines::cpu

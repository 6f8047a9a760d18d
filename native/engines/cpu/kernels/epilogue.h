// What own matrix and convolution kernels do to a result before they store it: y = activation(x + bias + residual).
#pragma once

#include <limits>

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

enum class Activation : uint8_t { kNone, kClip, kHardSigmoid, kHardSwish };

/// kClip limits to [low, high] (ReLU and ReLU6 are clips); NaN becomes `low`, as it does in MindSpore's ReLU.
struct Epilogue {
  Activation activation = Activation::kNone;
  float low = 0;
  float high = std::numeric_limits<float>::infinity();
  bool residual = false;
};

MINDIRD_INLINE void clip(V16& v, float low, float high) {
  const V16 l = V16{} + low;
  const V16 h = V16{} + high;
  v = v > l ? v : l;
  v = v < h ? v : h;
}

/// (v + 3) / 6 limited to [0, 1]; NaN stays NaN.
MINDIRD_INLINE void gate(V16& v) {
  const V16 low = V16{};
  const V16 high = V16{} + 6.0F;
  v = v + 3.0F;
  v = v < low ? low : v;
  v = v > high ? high : v;
  v = v * (1.0F / 6.0F);
}

MINDIRD_INLINE void activate(V16& v, const Epilogue& e) {
  if (e.activation == Activation::kNone) return;
  if (e.activation == Activation::kClip) {
    clip(v, e.low, e.high);
    return;
  }
  V16 factor = v;
  gate(factor);
  v = e.activation == Activation::kHardSwish ? v * factor : factor;
}

}  // namespace mindird::engines::cpu

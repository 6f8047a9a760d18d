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

MINDIRD_INLINE void activate(V16& v, const Epilogue& e) {
  if (e.activation == Activation::kNone) return;
  if (e.activation == Activation::kClip) {
    clip(v, e.low, e.high);
    return;
  }
  V16 gate = v + 3.0F;
  clip(gate, 0.0F, 6.0F);
  gate = gate * (1.0F / 6.0F);
  v = e.activation == Activation::kHardSwish ? v * gate : gate;
}

}  // namespace mindird::engines::cpu

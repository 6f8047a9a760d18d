// The exponential function and what LSTMs make of it on vectors, within two units of the last place of what <cmath> gives. NaN stays NaN.
#pragma once

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {

typedef int32_t I16 __attribute__((vector_size(64), aligned(4), may_alias));

/// exp(v): a power of two times the power series of the rest, which is at most half of ln 2. Beyond the range of floats the nearest float in it.
MINDIRD_INLINE void exponential(V16& v) {
  const V16 high = V16{} + 88.0F;
  const V16 low = V16{} - 87.0F;
  v = v > high ? high : v;
  v = v < low ? low : v;
  const V16 turns = v * 1.44269504F;
  const V16 half = turns < 0.0F ? V16{} - 0.5F : V16{} + 0.5F;
  const I16 exponent = __builtin_convertvector(turns + half, I16);
  const V16 whole = __builtin_convertvector(exponent, V16);
  // ln 2 in two parts, the first with few digits, so that its product is exact.
  const V16 rest = (v - whole * 0.693359375F) + whole * 2.12194440e-4F;
  V16 sum = rest * (1.0F / 5040) + 1.0F / 720;
  sum = sum * rest + 1.0F / 120;
  sum = sum * rest + 1.0F / 24;
  sum = sum * rest + 1.0F / 6;
  sum = sum * rest + 0.5F;
  sum = sum * rest + 1.0F;
  sum = sum * rest + 1.0F;
  v = sum * reinterpret_cast<V16>((exponent + 127) << 23);
}

/// 1 / (1 + exp(-v))
MINDIRD_INLINE void logistic(V16& v) {
  V16 e = -v;
  exponential(e);
  v = 1.0F / (1.0F + e);
}

/// tanh(v): near zero an odd polynomial, fitted to a relative error of 2e-9; elsewhere by the exponential function.
MINDIRD_INLINE void hyperbolic_tangent(V16& v) {
  const V16 z = v * v;
  V16 series = z * -0.00624846882F + 0.021065626F;
  series = series * z - 0.0538546867F;
  series = series * z + 0.133326583F;
  series = series * z - 0.333333218F;
  series = v + v * z * series;
  V16 e = v + v;
  exponential(e);
  const V16 far = 1.0F - 2.0F / (1.0F + e);
  const V16 magnitude = v < 0.0F ? -v : v;
  v = magnitude < 0.5625F ? series : far;
}

}  // namespace mindird::engines::cpu

#include "engines/cpu/kernels/gelu.h"

#include <cstring>

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {
namespace {

/// Beyond it Phi is 0 or 1 up to 2e-8.
constexpr float kEdge = 5.5F;

/// Phi(x) - 1/2 is x times a function of x * x: a fraction of two polynomials, fitted on [0, 5.5] to 2.4e-8 in x * Phi(x).
constexpr float kAbove[] = {0.3989422023296356F,    0.03481423109769821F,   0.004739837255328894F,
                            1.7910309543367475e-4F, 6.464186299126595e-06F, 2.2247359510174647e-08F};
constexpr float kBelow[] = {1.0F, 0.2539314329624176F, 0.02920571342110634F, 0.0019422416808083653F, 7.716630352661014e-05F, 1.1911912451978424e-06F};

MINDIRD_INLINE void gelu_of(V16& v) {
  const V16 edge = V16{} + kEdge;
  V16 x = v > edge ? edge : v;
  x = x < -edge ? -edge : x;
  const V16 u = x * x;
  V16 above = u * kAbove[5] + kAbove[4];
  V16 below = u * kBelow[5] + kBelow[4];
#pragma GCC unroll 4
  for (int i = 3; i >= 0; --i) {
    above = above * u + kAbove[i];
    below = below * u + kBelow[i];
  }
  V16 share = x * above / below + 0.5F;
  share = v > edge ? V16{} + 1.0F : share;
  share = v < -edge ? V16{} : share;
  v = v * share;
}

}  // namespace

MINDIRD_CLONES void gelu(float* values, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) gelu_of(*reinterpret_cast<V16*>(values + i));
  if (i == count) return;
  float side[kLanes] = {};
  std::memcpy(side, values + i, static_cast<size_t>(count - i) * sizeof(float));
  gelu_of(*reinterpret_cast<V16*>(side));
  std::memcpy(values + i, side, static_cast<size_t>(count - i) * sizeof(float));
}

}  // namespace mindird::engines::cpu

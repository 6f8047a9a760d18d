#include "engines/cpu/kernels/pool_window.h"

#include <limits>

namespace mindird::engines::cpu {
namespace {

/// y = f(y, element) from `start` on, over all positions.
template <class F>
MINDIRD_INLINE void fold(const PoolWindow& w, const float* x, float start, float* y, F f) {
  for (int64_t c = 0; c < w.channels; ++c) y[c] = start;
  for (int64_t d = 0; d < w.size[0]; ++d) {
    for (int64_t h = 0; h < w.size[1]; ++h) {
      const float* line = x + d * w.step[0] + h * w.step[1];
      if (w.channels == 1) {
        float value = y[0];
        for (int64_t i = 0; i < w.size[2]; ++i) value = f(value, line[i * w.step[2]]);
        y[0] = value;
        continue;
      }
      for (int64_t i = 0; i < w.size[2]; ++i) {
        for (int64_t c = 0; c < w.channels; ++c) y[c] = f(y[c], line[i * w.step[2] + c]);
      }
    }
  }
}

MINDIRD_CLONES void sum(const PoolWindow& w, const float* x, float scale, float* y) {
  fold(w, x, 0, y, [](float a, float b) { return a + b; });
  for (int64_t c = 0; c < w.channels; ++c) y[c] *= scale;
}

MINDIRD_CLONES void max(const PoolWindow& w, const float* x, float* y) {
  fold(w, x, -std::numeric_limits<float>::infinity(), y, [](float a, float b) { return a != a ? a : (a < b || b != b ? b : a); });
}

}  // namespace

void sum_window(const PoolWindow& window, const float* x, float scale, float* y) { sum(window, x, scale, y); }

void max_window(const PoolWindow& window, const float* x, float* y) { max(window, x, y); }

}  // namespace mindird::engines::cpu

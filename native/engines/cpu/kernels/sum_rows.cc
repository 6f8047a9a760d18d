#include "engines/cpu/kernels/sum_rows.h"

#include <algorithm>

namespace mindird::engines::cpu {
namespace {

MINDIRD_INLINE void sum_tail(const float* x, int64_t count, int64_t inner, float scale, float* y, int64_t i) {
  for (; i < inner; ++i) {
    float sum = 0;
    for (int64_t r = 0; r < count; ++r) sum += x[r * inner + i];
    y[i] = sum * scale;
  }
}

}  // namespace

MINDIRD_CLONES void sum_rows(const float* x, int64_t count, int64_t inner, float scale, float* y) {
  int64_t i = 0;
  // Four vectors at once, so that additions do not wait for each other.
  for (; i + 4 * kLanes <= inner; i += 4 * kLanes) {
    V16 s0{}, s1{}, s2{}, s3{};
    for (int64_t r = 0; r < count; ++r) {
      const V16* line = reinterpret_cast<const V16*>(x + r * inner + i);
      s0 += line[0];
      s1 += line[1];
      s2 += line[2];
      s3 += line[3];
    }
    V16* out = reinterpret_cast<V16*>(y + i);
    out[0] = s0 * scale;
    out[1] = s1 * scale;
    out[2] = s2 * scale;
    out[3] = s3 * scale;
  }
  for (; i + kLanes <= inner; i += kLanes) {
    V16 s{};
    for (int64_t r = 0; r < count; ++r) s += *reinterpret_cast<const V16*>(x + r * inner + i);
    *reinterpret_cast<V16*>(y + i) = s * scale;
  }
  sum_tail(x, count, inner, scale, y, i);
}

MINDIRD_CLONES float sum_line(const float* x, int64_t count) {
  V16 s0{}, s1{};
  int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    s0 += *reinterpret_cast<const V16*>(x + i);
    s1 += *reinterpret_cast<const V16*>(x + i + kLanes);
  }
  s0 += s1;
  float sum = 0;
  for (int64_t l = 0; l < kLanes; ++l) sum += s0[l];
  for (; i < count; ++i) sum += x[i];
  return sum;
}

MINDIRD_CLONES void max_rows(const float* x, int64_t count, int64_t inner, float* y) {
  for (int64_t i = 0; i < inner; ++i) y[i] = x[i];
  for (int64_t r = 1; r < count; ++r) {
    const float* line = x + r * inner;
    for (int64_t i = 0; i < inner; ++i) y[i] = y[i] != y[i] ? y[i] : (y[i] < line[i] || line[i] != line[i] ? line[i] : y[i]);
  }
}

}  // namespace mindird::engines::cpu

#include "engines/cpu/kernels/peak_loops.h"

#include "engines/cpu/kernels/vector.h"

namespace mindird::engines::cpu {
namespace {

/// Values that neither grow nor vanish: x goes towards 1.
template <int Sums>
MINDIRD_INLINE void multiply_add(int64_t rounds, float* values) {
  V16 sums[Sums];
  const V16 factor = *reinterpret_cast<const V16*>(values) * 0.0F + 0.75F;
  const V16 term = factor - 0.5F;
  for (int i = 0; i < Sums; ++i) sums[i] = *reinterpret_cast<const V16*>(values) + static_cast<float>(i);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < Sums; ++i) sums[i] = sums[i] * factor + term;
  }
  for (int i = 1; i < Sums; ++i) sums[0] += sums[i];
  *reinterpret_cast<V16*>(values) = sums[0];
}

MINDIRD_CLONES void with_3(int64_t rounds, float* values) { multiply_add<3>(rounds, values); }
MINDIRD_CLONES void with_6(int64_t rounds, float* values) { multiply_add<6>(rounds, values); }
MINDIRD_CLONES void with_12(int64_t rounds, float* values) { multiply_add<12>(rounds, values); }

constexpr int64_t kOfASum = 2 * kLanes;
constexpr PeakLoop kLoops[] = {{with_3, 3 * kOfASum}, {with_6, 6 * kOfASum}, {with_12, 12 * kOfASum}};

MINDIRD_INLINE float total(const V16& v) {
  float out = 0;
  for (int64_t i = 0; i < kLanes; ++i) out += v[i];
  return out;
}

/// Streams of equal length, whole vectors of them.
template <int Streams>
MINDIRD_INLINE float read(const float* from, int64_t count) {
  constexpr int64_t kAhead = 32 * kLanes;
  const int64_t length = count / Streams / kLanes * kLanes;
  V16 sums[Streams] = {};
  for (int64_t at = 0; at < length; at += kLanes) {
#pragma GCC unroll 4
    for (int s = 0; s < Streams; ++s) {
      const float* p = from + s * length + at;
      __builtin_prefetch(p + kAhead);
      sums[s] += *reinterpret_cast<const V16*>(p);
    }
  }
  for (int s = 1; s < Streams; ++s) sums[0] += sums[s];
  return total(sums[0]);
}

}  // namespace

std::span<const PeakLoop> peak_loops() { return kLoops; }

MINDIRD_CLONES float read_in_order(const float* from, int64_t count) { return read<1>(from, count); }
MINDIRD_CLONES float read_in_four(const float* from, int64_t count) { return read<4>(from, count); }

}  // namespace mindird::engines::cpu

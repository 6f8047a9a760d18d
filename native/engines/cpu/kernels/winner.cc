// Neighbouring lines advance together. One line alone is taken as kMaxLanes lines of every kMaxLanes-th element, whose winners are then compared.
#include "engines/cpu/kernels/winner.h"

#include "engines/cpu/base/lines.h"
#include "engines/cpu/kernels/vector.h"
#include "ops/support.h"

namespace mindird::engines::cpu {
namespace {

/// Whether `candidate`, which comes later, beats `best`.
template <bool kLargest, class C>
MINDIRD_INLINE bool beats(C candidate, C best) {
  const bool better = kLargest ? candidate > best : candidate < best;
  return (best == best) & (better | (candidate != candidate));
}

template <class T, bool kLargest>
MINDIRD_CLONES void run_lanes(const T* x, int64_t size, int64_t step, int64_t lanes, int32_t* positions) {
  ops::Compute<T> best[kMaxLanes];
  for (int64_t l = 0; l < lanes; ++l) {
    best[l] = ops::load(x[l]);
    positions[l] = 0;
  }
  for (int64_t i = 1; i < size; ++i) {
    for (int64_t l = 0; l < lanes; ++l) {
      const auto candidate = ops::load(x[i * step + l]);
      const bool wins = beats<kLargest>(candidate, best[l]);
      best[l] = wins ? candidate : best[l];
      positions[l] = wins ? static_cast<int32_t>(i) : positions[l];
    }
  }
}

/// The winner of a line from `first` on, when `winner` is that of what comes before.
template <class T, bool kLargest>
int32_t scan(const T* x, int64_t first, int64_t size, int32_t winner) {
  auto best = ops::load(x[winner]);
  for (int64_t i = first; i < size; ++i) {
    const auto candidate = ops::load(x[i]);
    if (!beats<kLargest>(candidate, best)) continue;
    best = candidate;
    winner = static_cast<int32_t>(i);
  }
  return winner;
}

template <class T, bool kLargest>
int32_t find_in_line(const T* x, int64_t size) {
  // Comparing the lanes' winners costs as much as a short line.
  constexpr int64_t kLeastRows = 16;
  const int64_t rows = size / kMaxLanes;
  if (rows < kLeastRows) return scan<T, kLargest>(x, 1, size, 0);
  int32_t positions[kMaxLanes];
  run_lanes<T, kLargest>(x, rows, kMaxLanes, kMaxLanes, positions);
  auto winner = static_cast<int32_t>(positions[0] * kMaxLanes);
  for (int64_t l = 1; l < kMaxLanes; ++l) {
    const auto at = static_cast<int32_t>(positions[l] * kMaxLanes + l);
    const auto candidate = ops::load(x[at]);
    const auto best = ops::load(x[winner]);
    // Of equals, and of two NaN, the one that comes first.
    if (at > winner ? beats<kLargest>(candidate, best) : !beats<kLargest>(best, candidate)) winner = at;
  }
  return scan<T, kLargest>(x, rows * kMaxLanes, size, winner);
}

template <class T, bool kLargest>
void find(const WinnerLines& lines, int32_t* positions) {
  const T* x = reinterpret_cast<const T*>(lines.x);
  if (lines.step == 1 && lines.lanes == 1) {
    positions[0] = find_in_line<T, kLargest>(x, lines.size);
  } else {
    run_lanes<T, kLargest>(x, lines.size, lines.step, lines.lanes, positions);
  }
}

}  // namespace

void find_winners(DType dtype, const WinnerLines& lines, int32_t* positions) {
  static_cast<void>(ops::dispatch_any(dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, Half> && !std::is_same_v<T, BFloat16>) {
      lines.largest ? find<T, true>(lines, positions) : find<T, false>(lines, positions);
    }
  }));
}

}  // namespace mindird::engines::cpu

// Lines of a tensor along one axis, [outer][size][inner], in blocks of neighbouring lines, so that loops over a block are loops over memory side by side.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/indexing/support_index.h"

namespace mindird::engines::cpu {

inline constexpr int64_t kMaxLanes = 64;

class LineBlocks {
 public:
  explicit LineBlocks(const ops::AxisView& view) : view_(view), per_outer_((view.inner + kMaxLanes - 1) / kMaxLanes) {}

  int64_t count() const { return view_.outer * per_outer_; }

  /// Calls f(outer, first, lanes) for the blocks [begin, end): `lanes` lines from inner position `first` on.
  template <class F>
  void for_blocks(int64_t begin, int64_t end, F&& f) const {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block % per_outer_ * kMaxLanes;
      f(block / per_outer_, first, std::min(kMaxLanes, view_.inner - first));
    }
  }

 private:
  ops::AxisView view_;
  int64_t per_outer_;
};

}  // namespace mindird::engines::cpu

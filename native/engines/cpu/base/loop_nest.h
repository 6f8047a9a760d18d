// The loops of an elementwise operation over operands with strides of their own (0: broadcast): dims in the output's memory order, merged
// where all operands continue evenly, the innermost one left to the kernel as a run.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engines/cpu/base/layout.h"

namespace mindird::engines::cpu {

inline constexpr size_t kMaxOperands = 4;
using Offsets = std::array<int64_t, kMaxOperands>;

class LoopNest {
 public:
  /// Operand 0 is the output; the others broadcast to its shape.
  LoopNest(const Layout& output, const std::vector<Layout>& inputs);

  /// How far operand i moves per element of a run.
  int64_t run_step(size_t operand) const { return dims_.back().step[operand]; }
  int64_t elements() const { return runs_ * dims_.back().size; }

  /// Calls f(offsets, count) for the runs of the elements [first, last), of the first and the last run what lies inside.
  template <class F>
  void for_runs(int64_t first, int64_t last, F&& f) const {
    std::array<int64_t, kMaxRank + 1> index{};
    Offsets offset{};
    const size_t outer = dims_.size() - 1;
    const int64_t length = dims_.back().size;
    for (size_t d = outer + 1, rest = static_cast<size_t>(first); d-- > 0;) {
      index[d] = static_cast<int64_t>(rest) % dims_[d].size;
      rest /= static_cast<size_t>(dims_[d].size);
      for (size_t i = 0; i < kMaxOperands; ++i) offset[i] += index[d] * dims_[d].step[i];
    }
    int64_t within = index[outer];
    for (int64_t at = first; at < last;) {
      const int64_t count = length - within < last - at ? length - within : last - at;
      f(offset, count);
      at += count;
      for (size_t i = 0; i < kMaxOperands; ++i) offset[i] -= within * dims_[outer].step[i];
      within = 0;
      for (size_t d = outer; d-- > 0;) {
        for (size_t i = 0; i < kMaxOperands; ++i) offset[i] += dims_[d].step[i];
        if (++index[d] < dims_[d].size) break;
        for (size_t i = 0; i < kMaxOperands; ++i) offset[i] -= dims_[d].size * dims_[d].step[i];
        index[d] = 0;
      }
    }
  }

 private:
  struct Dim {
    int64_t size;
    Offsets step;
  };

  std::vector<Dim> dims_;
  int64_t runs_ = 1;
};

/// The layout an elementwise result takes over from its operands: a dense one of the result's shape, not plain if there is one, else plain.
Layout common_layout(const Shape& shape, const std::vector<Layout>& inputs);

}  // namespace mindird::engines::cpu

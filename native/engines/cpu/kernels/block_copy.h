// Copies a tensor from one layout into another: run by run where the target has its elements side by side, in small tiles where source and target run along
// different dims. Source strides may be 0 (repeated) or negative (reversed).
#pragma once

#include "engines/cpu/base/loop_nest.h"

namespace mindird::engines::cpu {

class BlockCopy {
 public:
  /// `from_offset`, `to_offset`: elements from the start of the memory to the first element of the block.
  BlockCopy(DType dtype, const Layout& from, int64_t from_offset, const Layout& to, int64_t to_offset);

  int64_t elements() const { return nest_.elements(); }
  /// Copies a share: those of consecutive ranges [first, last) of the elements together copy every element once.
  void run(const std::byte* from, std::byte* to, int64_t first, int64_t last) const;

 private:
  void run_tiles(const std::byte* from, std::byte* to, int64_t first, int64_t last) const;

  DType dtype_;
  Layout from_;
  Layout to_;
  LoopNest nest_;
  int64_t from_offset_;
  int64_t to_offset_;
};

}  // namespace mindird::engines::cpu

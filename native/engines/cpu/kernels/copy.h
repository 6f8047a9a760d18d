// Copies a tensor from one layout into another: block by block where both have neighbours side by side, element by element elsewhere.
#pragma once

#include "engines/cpu/loop_nest.h"

namespace mindird::engines::cpu {

class BlockCopy {
 public:
  /// `offset`: elements from the start of the destination's memory to its first element.
  BlockCopy(DType dtype, const Layout& from, const Layout& to, int64_t offset);
  void run(const std::byte* from, std::byte* to, int threads) const;

 private:
  DType dtype_;
  Layout from_;
  Layout to_;
  LoopNest nest_;
  int64_t offset_;
};

}  // namespace mindird::engines::cpu

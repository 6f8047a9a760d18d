// Positions of the largest or smallest elements of neighbouring lines.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/tensor.h"

namespace mindird::engines::cpu {

struct WinnerLines {
  const std::byte* x = nullptr;  // the first element of the first line
  int64_t size = 0;              // elements of a line, at most 2^31 - 1
  int64_t step = 1;              // elements from one of a line to the next
  int64_t lanes = 1;             // lines side by side, at most kMaxLanes
  bool largest = true;
};

/// The lowest position among equals; a NaN beats every number. Halves are not among the types.
void find_winners(DType dtype, const WinnerLines& lines, int32_t* positions);

}  // namespace mindird::engines::cpu

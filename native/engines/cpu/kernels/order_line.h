// Sorts one line of elements of any type: NaN counts as larger than every number, equals keep their order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/tensor.h"

namespace mindird::engines::cpu {

struct OrderedLine {
  const std::byte* x = nullptr;
  int64_t size = 0;
  int64_t wanted = 0;  // how many of the first ones in order are written
  int64_t step = 1;    // elements from one to the next, in x and in both results
  std::byte* values = nullptr;
  int32_t* indices = nullptr;
  bool descending = false;
};

/// Bytes of the memory that a line of `size` elements is sorted in.
size_t order_bytes(DType dtype, int64_t size);
/// `size` is at most 2^31 - 1. Halves are not among the types.
void order_line(DType dtype, const OrderedLine& line, std::byte* memory);

}  // namespace mindird::engines::cpu

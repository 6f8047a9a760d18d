// Rows of memory chosen by indices: y[block][i] = x[block's slab + what the indices at i say].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/tensor.h"

namespace mindird::engines::cpu {

struct RowLookup {
  int64_t count = 0;                       // rows of a block
  int64_t slab = 0;                        // bytes of x from one block to the next
  int64_t blocks_sharing = 1;              // neighbouring blocks that use the same indices
  size_t depth = 1;                        // indices of a row
  std::array<int64_t, kMaxRank> extent{};  // of the dim each of them addresses
  std::array<int64_t, kMaxRank> stride{};  // bytes from one element of that dim to the next
  int64_t bytes = 0;                       // of a row
};

inline constexpr int64_t kNoBadRow = -1;

/// Copies rows [first, last), counted over all blocks. Gives the first row whose indices are out of range and leaves it and what follows alone, or kNoBadRow.
/// `indices` are i32 or i64, -extent to extent - 1.
int64_t look_up_rows(const RowLookup& lookup, const Tensor& indices, const std::byte* x, std::byte* y, int64_t first, int64_t last);
/// The error of a row that look_up_rows() gave.
Status bad_row(const RowLookup& lookup, const Tensor& indices, int64_t row);

}  // namespace mindird::engines::cpu

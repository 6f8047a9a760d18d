#include "engines/cpu/kernels/lookup.h"

#include <cstring>

#include "ops/indexing/support_index.h"

namespace mindird::engines::cpu {
namespace {

template <class Index>
int64_t run(const RowLookup& l, const Index* indices, const std::byte* x, std::byte* y, int64_t first, int64_t last) {
  int64_t block = first / l.count;
  int64_t within = first % l.count;
  for (int64_t row = first; row < last; ++row) {
    const Index* at = indices + (block / l.blocks_sharing * l.count + within) * static_cast<int64_t>(l.depth);
    const std::byte* from = x + block * l.slab;
    for (size_t d = 0; d < l.depth; ++d) {
      const auto index = static_cast<int64_t>(at[d]);
      if (index < -l.extent[d] || index >= l.extent[d]) return row;
      from += (index < 0 ? index + l.extent[d] : index) * l.stride[d];
    }
    std::byte* to = y + row * l.bytes;
    if (l.bytes == 4) {
      std::memcpy(to, from, 4);
    } else {
      std::memcpy(to, from, static_cast<size_t>(l.bytes));
    }
    if (++within == l.count) {
      within = 0;
      ++block;
    }
  }
  return kNoBadRow;
}

}  // namespace

int64_t look_up_rows(const RowLookup& lookup, const Tensor& indices, const std::byte* x, std::byte* y, int64_t first, int64_t last) {
  return indices.dtype() == DType::kI64 ? run(lookup, indices.as<const int64_t>().data(), x, y, first, last)
                                        : run(lookup, indices.as<const int32_t>().data(), x, y, first, last);
}

Status bad_row(const RowLookup& lookup, const Tensor& indices, int64_t row) {
  const int64_t block = row / lookup.count;
  const auto first = static_cast<size_t>((block / lookup.blocks_sharing * lookup.count + row % lookup.count) * static_cast<int64_t>(lookup.depth));
  for (size_t d = 0; d < lookup.depth; ++d) {
    int64_t resolved = 0;
    TRY(ops::resolve_index(indices, first + d, lookup.extent[d], resolved));
  }
  return internal_error("cpu: a lookup stopped at indices that are in range");
}

}  // namespace mindird::engines::cpu

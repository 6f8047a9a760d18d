// The entries of x[a, b, …] as files describe them where sizes are open: MindSpore then leaves the arithmetic of positions to primitives of its own. Everything
// here is known once shapes are.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// What stands at one place between the brackets; the values are those of MindSpore's type numbers.
enum class IndexKind : uint8_t { kNone = 7, kEllipsis = 9, kSlice = 15, kTensor = 17 };

/// Most entries, and most dimensions of the tensor.
inline constexpr size_t kMaxEntries = 8;

struct IndexEntries {
  std::vector<IndexKind> kinds;
  std::optional<size_t> ellipsis;  // its position

  size_t without_ellipsis() const { return kinds.size() - (ellipsis ? 1 : 0); }
  /// Dimensions that the ellipsis stands for, in a tensor of this rank of which `added` dimensions are new ones of the index; an error when there are too few.
  Result<size_t> covered(size_t rank, size_t added) const;
  /// Entries once the ellipsis is written out: all dimensions where there is one.
  size_t written_out(size_t rank, size_t added) const { return ellipsis ? rank + added : kinds.size(); }
};

/// The attribute "tuple_index_types"; it has no entries where the index is no tuple.
Result<IndexEntries> index_entries(const Call& call);

/// The dimension of the tensor that the entry at "tuple_index_axis" speaks of; `with_new`: new dimensions are the bits of the
/// attribute "expand_dims_mask".
Result<size_t> indexed_dimension(const Call& call, const IndexEntries& entries, size_t rank, bool with_new);

}  // namespace mindird::mindir

#include "mindir/primitives/indexing/index_entries.h"

#include <bit>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

bool is_kind(int64_t number) {
  for (const IndexKind kind : {IndexKind::kNone, IndexKind::kEllipsis, IndexKind::kSlice, IndexKind::kTensor}) {
    if (number == static_cast<int64_t>(kind)) return true;
  }
  return false;
}

}  // namespace

Result<size_t> IndexEntries::covered(size_t rank, size_t added) const {
  if (rank + added < without_ellipsis()) return invalid_model(str(without_ellipsis(), " entries of an index into rank ", rank));
  return rank + added - without_ellipsis();
}

Result<IndexEntries> index_entries(const Call& call) {
  TRY_ASSIGN(std::vector<int64_t> numbers, call.integers("tuple_index_types", kAttributeOnly));
  while (!numbers.empty() && numbers.back() == 0) numbers.pop_back();  // 0: nothing
  if (numbers.size() > kMaxEntries) return unsupported(str("an index of ", numbers.size(), " entries, want at most ", kMaxEntries));
  IndexEntries entries;
  for (const int64_t number : numbers) {
    if (!is_kind(number)) return unsupported(str("an index with an entry of the kind ", number));
    const auto kind = static_cast<IndexKind>(number);
    if (kind == IndexKind::kEllipsis) {
      if (entries.ellipsis) return invalid_model("an index with two ellipses");
      entries.ellipsis = entries.kinds.size();
    }
    entries.kinds.push_back(kind);
  }
  return entries;
}

Result<size_t> indexed_dimension(const Call& call, const IndexEntries& entries, size_t rank, bool with_new) {
  TRY_ASSIGN(const int64_t axis, call.integer("tuple_index_axis", kAttributeOnly));
  int64_t mask = 0;
  if (with_new) {
    TRY_ASSIGN(mask, call.integer("expand_dims_mask", kAttributeOnly));
  }
  if (axis < 0 || axis >= static_cast<int64_t>(kMaxEntries) || mask < 0 || mask >= 1 << kMaxEntries) {
    return invalid_model(str("entry ", axis, " of an index with the new dimensions ", mask));
  }
  const auto bits = static_cast<uint64_t>(mask);
  const auto place = static_cast<size_t>(axis);
  const auto added_before = static_cast<size_t>(std::popcount(bits & ((uint64_t{1} << place) - 1)));
  size_t dimension = place - added_before;
  if (entries.kinds.empty()) {
    dimension = 0;
  } else if (entries.ellipsis && place >= *entries.ellipsis) {
    TRY_ASSIGN(const size_t covered, entries.covered(rank, static_cast<size_t>(std::popcount(bits))));
    dimension += covered;
    if (dimension == 0) return invalid_model("an ellipsis is no position");
    --dimension;
  }
  if (dimension >= rank) return invalid_model(str("an index into dimension ", dimension, " of rank ", rank));
  return dimension;
}

}  // namespace mindird::mindir

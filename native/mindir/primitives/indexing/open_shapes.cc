// The shapes of a tuple of index tensors into a tensor whose sizes are open in the file: GetTupleIndexInfo says how each of them is broadcast against the
// others, RemoveExpandedDims takes the dimensions out of a new value that only the index has.
//
// Slices come first and tensors are broadcast among themselves; what both address is [slices before][broadcast tensors][slices behind], where the tensors'
// place is that of the first of them, or the front when slices lie between them (NumPy's rule for advanced indexing).
#include <algorithm>
#include <numeric>

#include "base/strings.h"
#include "mindir/primitives/indexing/index_entries.h"

namespace mindird::mindir {
namespace {

using Dims = std::vector<int64_t>;

Item dims_item(const Dims& dims) { return make_tuple(Items(dims.begin(), dims.end())); }

void insert(Dims& into, size_t at, const Dims& what) {
  into.insert(into.begin() + static_cast<std::ptrdiff_t>(std::min(at, into.size())), what.begin(), what.end());
}

Result<Dims> broadcast(const Dims& x, const Dims& y) {
  Dims out = x.size() < y.size() ? y : x;
  const Dims& other = x.size() < y.size() ? x : y;
  for (size_t i = 0; i < other.size(); ++i) {
    int64_t& dim = out[out.size() - other.size() + i];
    if (dim == 1) dim = other[i];
    if (other[i] != 1 && other[i] != dim) return invalid_model(str("index tensors of the shapes ", list_text<int64_t>(x), " and ", list_text<int64_t>(y)));
  }
  return out;
}

/// What the inputs behind the second say: the tensors broadcast, and lengths of slices, those of the ellipsis behind the others.
struct Indices {
  IndexEntries entries;
  size_t covered = 0;      // by the ellipsis
  bool any_empty = false;  // a tensor without elements
  Dims tensors;
  Dims lengths;
};

Result<Indices> read_indices(Call& call, size_t rank, bool with_lengths) {
  Indices found;
  TRY_ASSIGN(found.entries, index_entries(call));
  TRY_ASSIGN(const int64_t added, call.integer("expand_dims_cnt", kAttributeOnly));
  if (added < 0 || added > static_cast<int64_t>(kMaxEntries)) return invalid_model(str("expand_dims_cnt is ", added));
  const size_t count = found.entries.written_out(rank, static_cast<size_t>(added));
  if (count > kMaxEntries || rank > kMaxEntries) return unsupported(str("an index of ", count, " entries into rank ", rank, ", want at most ", kMaxEntries));
  if (found.entries.ellipsis) {
    TRY_ASSIGN(found.covered, found.entries.covered(rank, static_cast<size_t>(added)));
  }
  std::vector<IndexKind> kinds = found.entries.kinds;
  std::erase(kinds, IndexKind::kEllipsis);
  kinds.resize(count, IndexKind::kEllipsis);
  for (size_t i = 0; i < count; ++i) {
    const bool is_tensor = kinds[i] == IndexKind::kTensor;
    if (!is_tensor && !with_lengths) continue;
    TRY_ASSIGN(const ir::ValueId index, call.tensor(2 + i));
    TRY(call.want_known(index));
    const Dims dims = call.shape(index).vector();
    if (is_tensor) {
      TRY_ASSIGN(found.tensors, broadcast(found.tensors, dims));
      found.any_empty = found.any_empty || (!dims.empty() && dims[0] == 0);
    } else {
      if (dims.empty()) return invalid_model("the positions of a slice are one number");
      found.lengths.push_back(dims[0]);
    }
  }
  return found;
}

/// Where the broadcast tensors stand among the slices.
size_t place_of_tensors(const IndexEntries& entries, size_t covered) {
  std::vector<size_t> places;
  size_t place = 0;
  for (const IndexKind kind : entries.kinds) {
    if (kind == IndexKind::kTensor) places.push_back(place);
    place += kind == IndexKind::kEllipsis ? covered : 1;
  }
  if (places.empty() || places.back() - places.front() + 1 != places.size()) return 0;
  return places.front();
}

/// Slices in front of the ellipsis, all where there is none.
size_t slices_before_ellipsis(const IndexEntries& entries) {
  const auto end = entries.kinds.begin() + static_cast<std::ptrdiff_t>(entries.ellipsis.value_or(entries.kinds.size()));
  return static_cast<size_t>(std::count(entries.kinds.begin(), end, IndexKind::kSlice));
}

/// The shape in which the positions of each slice are broadcast against everything else, in the order of the inputs.
std::vector<Dims> shapes_of_slices(const Dims& lengths, const Dims& tensors, size_t place, size_t before, size_t covered) {
  std::vector<Dims> shapes;
  for (size_t i = 0; i < lengths.size(); ++i) {
    Dims dims(lengths.size(), 1);
    dims[i] = lengths[i];
    insert(dims, place, Dims(tensors.size(), 1));
    shapes.push_back(std::move(dims));
  }
  const auto first = shapes.begin() + static_cast<std::ptrdiff_t>(before);
  std::rotate(first, first + static_cast<std::ptrdiff_t>(covered), shapes.end());
  return shapes;
}

constexpr size_t kResults = 4 + kMaxEntries;

/// The tensors' place; their common shape; the shape in which they are broadcast against slices; the shape of all; and a shape for each slice.
Result<Item> lower_info(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (!call.declared().empty() && call.declared().size() != kResults)
    return unsupported(str("a result of ", call.declared().size(), " members, want ", kResults));
  TRY_ASSIGN(const int64_t given, call.integer("fancy_position", 1));
  std::string use;  // empty: reading
  if (call.has("tuple_index_info_type")) {
    TRY_ASSIGN(use, call.text("tuple_index_info_type"));
  }
  const bool first_look = use == "PRE_SETITEM_BY_TUPLE";
  const bool by_tensor = use == "SETITEM_BY_TUPLE_WITH_TENSOR";
  if (!first_look && !by_tensor && !use.empty() && use != "SETITEM_BY_TUPLE") return unsupported(str("tuple_index_info_type is \"", use, "\""));
  const Dims data = call.shape(x).vector();
  TRY_ASSIGN(Indices indices, read_indices(call, data.size(), !first_look));
  if (by_tensor && indices.tensors.size() < 2) indices.tensors.insert(indices.tensors.begin(), 1);
  const bool settled = by_tensor || use == "SETITEM_BY_TUPLE";
  if (settled && given < 0) return invalid_model(str("the index tensors stand at ", given));
  size_t place = settled ? static_cast<size_t>(given) : place_of_tensors(indices.entries, indices.covered);
  const size_t before = slices_before_ellipsis(indices.entries);
  Dims lengths = indices.lengths;
  std::vector<Dims> slices;
  if (!first_look) {
    if (before + indices.covered > lengths.size()) return invalid_model("an index with fewer positions than dimensions");
    std::rotate(lengths.begin() + static_cast<std::ptrdiff_t>(before), lengths.end() - static_cast<std::ptrdiff_t>(indices.covered), lengths.end());
    place = std::min(place, lengths.size());
    slices = shapes_of_slices(lengths, indices.tensors, place, before, indices.covered);
  }
  Dims all = lengths;
  Dims of_tensors(lengths.size(), 1);
  if (!first_look) {
    insert(all, place, indices.tensors);
    insert(of_tensors, place, indices.tensors);
  }
  const size_t count = indices.entries.kinds.size() + indices.covered - (indices.entries.ellipsis ? 1 : 0);
  const bool empty = indices.any_empty || std::all_of(data.begin(), data.end(), [](int64_t dim) { return dim == 0; });
  if (!first_look && empty && count < data.size()) all.insert(all.end(), data.begin() + static_cast<std::ptrdiff_t>(count), data.end());
  slices.resize(kMaxEntries, Dims(all.size(), 1));
  Items out{Item(static_cast<int64_t>(place)), dims_item(indices.tensors), dims_item(of_tensors), dims_item(all)};
  for (const Dims& dims : slices) out.push_back(dims_item(dims));
  return make_tuple(std::move(out));
}

/// The dimensions an index addresses: false for those that only it has.
std::vector<bool> kept_dimensions(const IndexEntries& entries, size_t covered) {
  std::vector<bool> kept;
  for (const IndexKind kind : entries.kinds) {
    if (kind == IndexKind::kNone) kept.push_back(false);
    if (kind == IndexKind::kSlice) kept.push_back(true);
    if (kind == IndexKind::kEllipsis) kept.insert(kept.end(), covered, true);
  }
  return kept;
}

/// 0 where nothing is written, 1 where the index is the whole tensor, else -1.
int64_t outcome(bool nothing, bool whole) {
  if (nothing) return 0;
  return whole ? 1 : -1;
}

Result<Item> lower_remove_expanded(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const ir::ValueId value, call.tensor_of(call.input(1)));
  TRY(call.want_known(value));
  TRY_ASSIGN(const int64_t empty_slices, call.integer("has_false", 2));
  TRY_ASSIGN(const Dims tensors, call.integers("broadcast_shape", 3));
  TRY_ASSIGN(int64_t place, call.integer("idx_advanced", 4));
  TRY_ASSIGN(const bool has_true, call.flag("has_true", kAttributeOnly));
  TRY_ASSIGN(const bool has_sequence, call.flag("has_sequence", kAttributeOnly));
  TRY_ASSIGN(const bool whole, call.flag("empty_indices_out", kAttributeOnly));
  TRY_ASSIGN(const int64_t added, call.integer("expand_dims_cnt", kAttributeOnly));
  TRY_ASSIGN(const IndexEntries entries, index_entries(call));
  if (added < 0 || added > static_cast<int64_t>(kMaxEntries)) return invalid_model(str("expand_dims_cnt is ", added));
  const Dims of_value = call.shape(value).vector();
  const size_t rank = call.rank(x);
  TRY_ASSIGN(const size_t left, entries.covered(rank, static_cast<size_t>(added)));
  if (empty_slices > 0) return make_tuple({Item(outcome(true, whole)), dims_item({}), Item(place)});
  std::vector<bool> kept = kept_dimensions(entries, left);
  if (place != -1) {
    place = std::clamp<int64_t>(place, 0, static_cast<int64_t>(kept.size()));
    const std::vector<bool> advanced = has_true && !has_sequence ? std::vector<bool>{false} : std::vector<bool>(tensors.size(), true);
    kept.insert(kept.begin() + place, advanced.begin(), advanced.end());
  }
  if (!entries.ellipsis) kept.insert(kept.end(), left, true);
  const auto leading = std::find(kept.begin(), kept.end(), true) - kept.begin();
  if (of_value.size() > kept.size()) return invalid_model(str("a value of rank ", of_value.size(), " for an index of rank ", kept.size()));
  Dims dims;
  for (size_t i = 0; i < of_value.size(); ++i) {
    if (kept[kept.size() - of_value.size() + i]) dims.push_back(of_value[i]);
  }
  return make_tuple({Item(outcome(false, whole)), dims_item(dims), Item(std::max<int64_t>(0, place - leading))});
}

REGISTER_PRIMITIVE(GetTupleIndexInfo, lower_info);
REGISTER_PRIMITIVE(RemoveExpandedDims, lower_remove_expanded);

}  // namespace
}  // namespace mindird::mindir

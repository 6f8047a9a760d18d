// One entry of an index into a tensor whose sizes are open in the file: SliceToIndices writes the positions of a slice out, NormalizeTupleIndex those of
// everything else.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/indexing/index_entries.h"
#include "mindir/primitives/indexing/indices.h"
#include "mindir/primitives/tuple/members.h"

namespace mindird::mindir {
namespace {

struct Slice {
  int64_t start = 0;
  int64_t stop = 0;
  int64_t step = 1;
};

/// By Python's rules, for a dimension of this size; the attribute "init_by_none" says what is left out.
Result<Slice> slice_of(const Call& call, int64_t size) {
  TRY_ASSIGN(const std::vector<int64_t> left_out, call.integers("init_by_none", kAttributeOnly));
  if (left_out.size() != 3) return invalid_model(str("init_by_none has ", left_out.size(), " values, want 3"));
  TRY_ASSIGN(const int64_t start, call.integer("start", 1));
  TRY_ASSIGN(const int64_t stop, call.integer("stop", 2));
  TRY_ASSIGN(const int64_t step, call.integer("step", 3));
  Slice slice;
  if (left_out[2] == 0) slice.step = step;
  if (slice.step == 0 || slice.step == INT64_MIN) return invalid_model(str("a slice with the step ", slice.step));
  const bool forward = slice.step > 0;
  const auto bound = [&](int64_t given) { return std::clamp(given < 0 ? given + size : given, forward ? 0 : int64_t{-1}, forward ? size : size - 1); };
  slice.start = left_out[0] != 0 ? (forward ? 0 : size - 1) : bound(start);
  slice.stop = left_out[1] != 0 ? (forward ? size : -1) : bound(stop);
  return slice;
}

Item shape_item(std::span<const int64_t> dims) { return make_tuple(Items(dims.begin(), dims.end())); }

/// The positions in a column; the shape of what lies at them; start, stop and step; whether there are none.
Result<Item> lower_slice_to_indices(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const IndexEntries entries, index_entries(call));
  TRY_ASSIGN(const size_t dimension, indexed_dimension(call, entries, call.rank(x), true));
  std::vector<int64_t> dims = call.shape(x).vector();
  if (dims[dimension] > kMaxMadeElements) return unsupported(str("positions in a dimension of ", dims[dimension], " elements"));
  TRY_ASSIGN(const Slice slice, slice_of(call, dims[dimension]));
  std::vector<int64_t> positions;
  for (int64_t i = slice.start; slice.step > 0 ? i < slice.stop : i > slice.stop;) {
    positions.push_back(i);
    if (__builtin_add_overflow(i, slice.step, &i)) break;
  }
  const auto count = static_cast<int64_t>(positions.size());
  TRY_ASSIGN(const ir::ValueId made, integer_constant(call, positions, {count, 1}));
  dims[0] = count;
  return make_tuple({Item(Computed{made}), shape_item(dims), Item(slice.start), Item(slice.stop), Item(slice.step), Item(int64_t{count == 0 ? 1 : 0})});
}

Result<int64_t> inside(int64_t position, int64_t size) {
  if (position < -size || position >= size) return invalid_model(str("index ", position, " is outside of a dimension of size ", size));
  return position < 0 ? position + size : position;
}

/// All positions of a dimension.
Result<Item> every_position(Call& call, int64_t size) {
  TRY_ASSIGN(const ir::ValueId made, iota(call, size));
  return Item(Computed{made});
}

/// The dimension that the entry stands for is the one at "tuple_index_axis" of those that the ellipsis covers.
Result<Item> lower_ellipsis(Call& call, const IndexEntries& entries, const Shape& shape) {
  TRY_ASSIGN(const int64_t place, call.integer("tuple_index_axis", kAttributeOnly));
  TRY_ASSIGN(const size_t covered, entries.covered(shape.rank(), 0));
  if (place < 0 || !entries.ellipsis) return invalid_model(str("dimension ", place, " of an ellipsis that is not there"));
  if (static_cast<size_t>(place) >= covered) return Item(Unavailable{"positions in a dimension that the ellipsis does not cover"});
  return every_position(call, shape[*entries.ellipsis + static_cast<size_t>(place)]);
}

Result<Item> lower_bools(Call& call, int64_t size) {
  std::vector<int64_t> positions;
  TRY_ASSIGN(const Items* mask, members(call, 1));
  if (static_cast<int64_t>(mask->size()) != size) return invalid_model(str("a list of ", mask->size(), " bools as index into a dimension of size ", size));
  for (size_t i = 0; i < mask->size(); ++i) {
    const auto wanted = call.known_condition((*mask)[i]);
    if (!wanted) return unsupported("a list of bools with members known only at run time");
    if (*wanted) positions.push_back(static_cast<int64_t>(i));
  }
  TRY_ASSIGN(const ir::ValueId made, integer_constant(call, positions, {static_cast<int64_t>(positions.size())}));
  return Item(Computed{made});
}

Result<Item> lower_normalize(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  TRY_ASSIGN(const IndexEntries entries, index_entries(call));
  TRY_ASSIGN(const std::string kind, call.text("origin_index_type"));
  if (kind == "ELLIPSIS_INDEX") return lower_ellipsis(call, entries, shape);
  TRY_ASSIGN(const size_t dimension, indexed_dimension(call, entries, shape.rank(), kind != "NONE_INDEX"));
  const int64_t size = shape[dimension];
  if (kind == "NONE_INDEX") return every_position(call, size);
  if (kind == "BOOL_SEQUENCE_INDEX") return lower_bools(call, size);
  if (kind != "INT_INDEX" && kind != "TENSOR_INDEX_SEQUENCE_INDEX") return unsupported(str("an index of the kind \"", kind, "\""));
  TRY_ASSIGN(std::vector<int64_t> positions, call.integers("index", 1));
  for (int64_t& position : positions) {
    TRY_ASSIGN(position, inside(position, size));
  }
  if (kind == "INT_INDEX" && positions.size() != 1) return invalid_model(str(positions.size(), " numbers as one index"));
  const std::vector<int64_t> dims = kind == "INT_INDEX" ? std::vector<int64_t>{} : std::vector<int64_t>{static_cast<int64_t>(positions.size())};
  TRY_ASSIGN(const ir::ValueId made, integer_constant(call, positions, dims));
  return Item(Computed{made});
}

REGISTER_PRIMITIVE(SliceToIndices, lower_slice_to_indices);
REGISTER_PRIMITIVE(NormalizeTupleIndex, lower_normalize);

}  // namespace
}  // namespace mindird::mindir

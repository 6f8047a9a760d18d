// Other shapes and parts of a tensor, as today's interface names them. The primitives …View share memory with their input in MindSpore; memory/effects.cc knows
// them.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/slice.h"

namespace mindird::mindir {
namespace {

/// The axis that the argument at a position names.
Result<size_t> axis_at(Call& call, ir::ValueId x, std::string_view name, size_t position, std::optional<int64_t> missing = std::nullopt) {
  TRY_ASSIGN(const int64_t given, call.integer(name, position, missing));
  return call.axis(given, call.rank(x));
}

Result<Item> lower_view_as(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId other, call.tensor(1));
  TRY(call.want_known(x));
  TRY(call.want_known(other));
  if (call.shape(x).elements() != call.shape(other).elements())
    return invalid_model(str(call.type(x).text(), " does not fit the shape of ", call.type(other).text()));
  return call.result(call.reshape(x, call.shape(other).vector()));
}

Result<Item> lower_expand_as(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId other, call.tensor(1));
  TRY(call.want_known(x));
  TRY(call.want_known(other));
  return call.result(call.expand(x, call.shape(other).vector()));
}

/// Dimensions start_dim to end_dim become one.
Result<Item> lower_flatten_ext(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (call.rank(x) == 0) {
    TRY_ASSIGN(x, call.reshape(x, {1}));
  }
  TRY_ASSIGN(const size_t start, axis_at(call, x, "start_dim", 1, 0));
  TRY_ASSIGN(const size_t end, axis_at(call, x, "end_dim", 2, -1));
  if (start > end) return invalid_model(str("start_dim ", start, " is behind end_dim ", end));
  std::vector<int64_t> dims = call.shape(x).vector();
  for (size_t i = start + 1; i <= end; ++i) {
    if (__builtin_mul_overflow(dims[start], dims[i], &dims[start])) return invalid_model(str("impossible shape ", call.shape(x).text()));
  }
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(start) + 1, dims.begin() + static_cast<std::ptrdiff_t>(end) + 1);
  return call.result(call.reshape(x, std::move(dims)));
}

Result<Item> exchanged(Call& call, ir::ValueId x, size_t a, size_t b) {
  if (a == b) return Item(Computed{x});
  std::vector<int64_t> perm(call.rank(x));
  for (size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<int64_t>(i);
  std::swap(perm[a], perm[b]);
  return call.result(call.transpose(x, std::move(perm)));
}

Result<Item> lower_exchange(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const size_t a, axis_at(call, x, "dim0", 1));
  TRY_ASSIGN(const size_t b, axis_at(call, x, "dim1", 2));
  return exchanged(call, x, a, b);
}

/// The transposed matrix; vectors stay as they are.
Result<Item> lower_t(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  if (call.rank(x) < 2) return Item(Computed{x});
  TRY(call.want_rank(x, 2, "the input"));
  return exchanged(call, x, 0, 1);
}

/// `length` elements from `start` on.
Result<Item> lower_narrow(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const size_t axis, axis_at(call, x, "dim", 1));
  const int64_t size = call.shape(x)[axis];
  TRY_ASSIGN(int64_t start, call.integer("start", 2));
  TRY_ASSIGN(const int64_t length, call.integer("length", 3));
  if (start < 0 && start >= -size) start += size;
  if (start < 0 || start > size || length < 0 || length > size - start) {
    return invalid_model(str("elements ", start, " to ", start, " + ", length, " of dimension ", axis, " of size ", size));
  }
  return call.result(call.slice(x, axis, start, length));
}

/// One position of an axis, which goes.
Result<Item> lower_select(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const size_t axis, axis_at(call, x, "dim", 1));
  const int64_t size = call.shape(x)[axis];
  TRY_ASSIGN(const int64_t given, call.integer("index", 2));
  if (given < -size || given >= size) return invalid_model(str("index ", given, " is outside of dimension ", axis, " of size ", size));
  TRY_ASSIGN(const ir::ValueId part, call.slice(x, axis, given < 0 ? given + size : given, 1));
  std::vector<int64_t> dims = call.shape(part).vector();
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  return call.result(call.reshape(part, std::move(dims)));
}

/// x[start:end:step] along one axis, with a positive step.
Result<Item> lower_slice_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const size_t axis, axis_at(call, x, "dim", 1));
  const int64_t size = call.shape(x)[axis];
  TRY_ASSIGN(const int64_t from, call.integer("start", 2, 0));
  TRY_ASSIGN(const int64_t to, call.integer("end", 3, size));
  TRY_ASSIGN(const int64_t step, call.integer("step", 4, 1));
  if (step < 1) return invalid_model(str("step ", step, ", want 1 or more"));
  const auto bound = [size](int64_t given) { return std::clamp<int64_t>(given < 0 ? given + size : given, 0, size); };
  const int64_t begin = bound(from);
  const int64_t distance = bound(to) - begin;
  auto op = std::make_shared<ops::Slice>();
  op->begin.assign(call.rank(x), 0);
  op->size = call.shape(x).vector();
  op->stride.assign(call.rank(x), 1);
  op->size[axis] = distance <= 0 ? 0 : (distance - 1) / step + 1;
  op->begin[axis] = op->size[axis] == 0 ? 0 : begin;
  op->stride[axis] = op->size[axis] <= 1 ? 1 : step;
  return call.result(call.emit(std::move(op), {x}));
}

/// The diagonals of the matrices in two axes, as the last dimension: every (columns + 1)-th element of the rows in a line.
Result<Item> lower_diagonal(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t offset, call.integer("offset", 1, 0));
  TRY_ASSIGN(const size_t row_axis, axis_at(call, x, "dim1", 2, 0));
  TRY_ASSIGN(const size_t column_axis, axis_at(call, x, "dim2", 3, 1));
  if (row_axis == column_axis) return invalid_model(str("both axes are ", row_axis));
  const int64_t rows = call.shape(x)[row_axis];
  const int64_t columns = call.shape(x)[column_axis];
  std::vector<int64_t> perm;
  std::vector<int64_t> dims;
  for (size_t i = 0; i < call.rank(x); ++i) {
    if (i == row_axis || i == column_axis) continue;
    perm.push_back(static_cast<int64_t>(i));
    dims.push_back(call.shape(x)[i]);
  }
  perm.insert(perm.end(), {static_cast<int64_t>(row_axis), static_cast<int64_t>(column_axis)});
  TRY_ASSIGN(x, call.transpose(x, std::move(perm)));
  dims.push_back(rows * columns);
  TRY_ASSIGN(x, call.reshape(x, dims));
  const int64_t above = std::clamp<int64_t>(offset, 0, columns);
  const int64_t below = offset < -rows ? rows : std::max<int64_t>(-offset, 0);
  const int64_t length = std::max<int64_t>(std::min(rows - below, columns - above), 0);
  auto op = std::make_shared<ops::Slice>();
  op->begin.assign(dims.size(), 0);
  op->stride.assign(dims.size(), 1);
  op->begin.back() = length == 0 ? 0 : below * columns + above;
  op->stride.back() = length <= 1 ? 1 : columns + 1;
  dims.back() = length;
  op->size = std::move(dims);
  return call.result(call.emit(std::move(op), {x}));
}

REGISTER_PRIMITIVE(ViewAs, lower_view_as);
REGISTER_PRIMITIVE(ExpandAs, lower_expand_as);
REGISTER_PRIMITIVE(FlattenExt, lower_flatten_ext);
REGISTER_PRIMITIVE(TransposeExtView, lower_exchange);
REGISTER_PRIMITIVE(TExt, lower_t);
REGISTER_PRIMITIVE(Narrow, lower_narrow);
REGISTER_PRIMITIVE(NarrowView, lower_narrow);
REGISTER_PRIMITIVE(SelectExtView, lower_select);
REGISTER_PRIMITIVE(SliceExt, lower_slice_ext);
REGISTER_PRIMITIVE(SliceExtView, lower_slice_ext);
REGISTER_PRIMITIVE(Diagonal, lower_diagonal);
REGISTER_PRIMITIVE(DiagonalView, lower_diagonal);

}  // namespace
}  // namespace mindird::mindir

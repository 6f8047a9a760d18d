// Putting elements in order: Sort, SortExt, ArgSort, TopK, TopkExt, Kthvalue, NthElement, InTopK.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather_elements.h"
#include "ops/ordering/sort.h"
#include "ops/ordering/top_k.h"

namespace mindird::mindir {
namespace {

using ops::CompareKind;

Result<std::vector<ir::ValueId>> emit_sort(Call& call, ir::ValueId x, int64_t given, bool descending) {
  auto op = std::make_shared<ops::Sort>();
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  op->axis = static_cast<int64_t>(axis);
  op->descending = descending;
  return call.emit_all(std::move(op), {x});
}

/// Values, and positions in the type that the file declares.
Result<Item> values_and_positions(Call& call, ir::ValueId values, ir::ValueId positions, DType otherwise) {
  TRY_ASSIGN(const ir::ValueId indices, call.cast(positions, call.declared_type(1, otherwise)));
  return make_tuple({Item(Computed{values}), Item(Computed{indices})});
}

Result<Item> lower_sort(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t axis, call.integer("axis", kAttributeOnly, -1));
  TRY_ASSIGN(const bool descending, call.flag("descending", kAttributeOnly, false));
  TRY_ASSIGN(const auto results, emit_sort(call, x, axis, descending));
  return tuple_of(results);
}

/// Always stable.
Result<std::vector<ir::ValueId>> sort_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t axis, call.integer("dim", 1, -1));
  TRY_ASSIGN(const bool descending, call.flag("descending", 2, false));
  return emit_sort(call, x, axis, descending);
}

Result<Item> lower_sort_ext(Call& call) {
  TRY_ASSIGN(const auto results, sort_ext(call));
  return values_and_positions(call, results[0], results[1], DType::kI64);
}

Result<Item> lower_arg_sort(Call& call) {
  TRY_ASSIGN(const auto results, sort_ext(call));
  return call.result(call.cast(results[1], call.declared_type(0, DType::kI64)));
}

/// Along the last dimension. The result is sorted whatever `sorted` says.
Result<Item> lower_top_k(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  auto op = std::make_shared<ops::TopK>();
  TRY_ASSIGN(op->k, call.integer("k", 1));
  if (call.rank(x) == 0) return invalid_model("the input has rank 0, want 1 or more");
  op->axis = static_cast<int64_t>(call.rank(x)) - 1;
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), {x}));
  return tuple_of(results);
}

Result<Item> lower_top_k_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  auto op = std::make_shared<ops::TopK>();
  TRY_ASSIGN(op->k, call.integer("k", 1));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 2, -1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  op->axis = static_cast<int64_t>(axis);
  TRY_ASSIGN(op->largest, call.flag("largest", 3, true));
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), {x}));
  return values_and_positions(call, results[0], results[1], DType::kI64);
}

/// One place of a sorted dimension, which goes unless it is kept.
Result<ir::ValueId> place(Call& call, ir::ValueId sorted, size_t axis, int64_t at, bool keep_dims) {
  TRY_ASSIGN(const ir::ValueId part, call.slice(sorted, axis, at, 1));
  if (keep_dims) return part;
  std::vector<int64_t> dims = call.shape(part).vector();
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  return call.reshape(part, std::move(dims));
}

/// The k-th smallest along a dimension, counted from 1, and its position.
Result<Item> lower_kth_value(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t k, call.integer("k", 1));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 2, -1));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 3, false));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  const int64_t size = call.shape(x)[axis];
  if (k < 1 || k > size) return invalid_model(str("k is ", k, ", want 1 to ", size));
  TRY_ASSIGN(const auto sorted, emit_sort(call, x, given, false));
  TRY_ASSIGN(const ir::ValueId value, place(call, sorted[0], axis, k - 1, keep_dims));
  TRY_ASSIGN(const ir::ValueId position, place(call, sorted[1], axis, k - 1, keep_dims));
  return values_and_positions(call, value, position, DType::kI64);
}

/// The n-th smallest, or with `reverse` largest, along the last dimension, counted from 0.
Result<Item> lower_nth_element(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t n, call.integer("n", 1));
  TRY_ASSIGN(const bool reverse, call.flag("reverse", kAttributeOnly, false));
  TRY_ASSIGN(const size_t axis, call.axis(-1, call.rank(x)));
  const int64_t size = call.shape(x)[axis];
  if (n < 0 || n >= size) return invalid_model(str("n is ", n, ", want 0 to ", size - 1));
  TRY_ASSIGN(const auto sorted, emit_sort(call, x, -1, reverse));
  return call.result(place(call, sorted[0], axis, n, false));
}

/// Whether fewer than k predictions of a row are larger than that of its target. A target outside the classes, or whose prediction is not finite, is not among
/// them.
Result<Item> lower_in_top_k(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId target, index_tensor(call, 1));
  TRY_ASSIGN(const int64_t k, call.integer("k", 2));
  TRY(call.want_rank(x, 2, "the predictions"));
  TRY(call.want_rank(target, 1, "the targets"));
  TRY(call.want_known(x));
  const int64_t rows = call.shape(x)[0];
  const int64_t classes = call.shape(x)[1];
  if (classes < 1) return invalid_model("no classes");
  TRY_ASSIGN(target, call.cast(target, DType::kI64));
  TRY_ASSIGN(target, call.reshape(target, {rows, 1}));
  TRY_ASSIGN(const ir::ValueId first, call.scalar(0, DType::kI64));
  TRY_ASSIGN(const ir::ValueId last, call.scalar(static_cast<double>(classes - 1), DType::kI64));
  TRY_ASSIGN(ir::ValueId inside, call.binary(ops::BinaryKind::kMaximum, target, first));
  TRY_ASSIGN(inside, call.binary(ops::BinaryKind::kMinimum, inside, last));
  TRY_ASSIGN(const ir::ValueId valid, call.compare(CompareKind::kEqual, inside, target));
  auto gather = std::make_shared<ops::GatherElements>();
  gather->axis = 1;
  TRY_ASSIGN(const ir::ValueId prediction, call.emit(std::move(gather), {x, inside}));
  TRY_ASSIGN(const ir::ValueId finite, call.unary(ops::UnaryKind::kIsFinite, prediction));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreater, x, prediction));
  TRY_ASSIGN(const ir::ValueId ones, call.cast(above, DType::kI32));
  TRY_ASSIGN(const ir::ValueId count, call.reduce(ops::ReduceKind::kSum, ones, {1}, true));
  TRY_ASSIGN(const ir::ValueId most, call.scalar(static_cast<double>(k), DType::kI32));
  TRY_ASSIGN(ir::ValueId result, call.compare(CompareKind::kLess, count, most));
  TRY_ASSIGN(result, call.binary(ops::BinaryKind::kLogicalAnd, result, finite));
  TRY_ASSIGN(result, call.binary(ops::BinaryKind::kLogicalAnd, result, valid));
  return call.result(call.reshape(result, {rows}));
}

REGISTER_PRIMITIVE(Sort, lower_sort);
REGISTER_PRIMITIVE(SortExt, lower_sort_ext);
REGISTER_PRIMITIVE(ArgSort, lower_arg_sort);
REGISTER_PRIMITIVE(TopK, lower_top_k);
REGISTER_PRIMITIVE(TopkExt, lower_top_k_ext);
REGISTER_PRIMITIVE(Kthvalue, lower_kth_value);
REGISTER_PRIMITIVE(NthElement, lower_nth_element);
REGISTER_PRIMITIVE(InTopK, lower_in_top_k);

}  // namespace
}  // namespace mindird::mindir

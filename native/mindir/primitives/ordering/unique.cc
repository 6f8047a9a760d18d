// Distinct elements: Unique, Unique2, InnerUnique, UniqueDim, UniqueConsecutive, UniqueWithPad, ListDiff. How many there are depends on data.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/masked_select.h"
#include "ops/ordering/unique.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::mindir {
namespace {

using ops::UniqueOrder;

Result<std::vector<ir::ValueId>> emit_unique(Call& call, UniqueOrder order, std::optional<int64_t> axis) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  auto op = std::make_shared<ops::Unique>();
  op->order = order;
  op->flat = !axis;
  if (axis) {
    TRY_ASSIGN(const size_t at, call.axis(*axis, call.rank(x)));
    op->axis = static_cast<int64_t>(at);
  }
  return call.emit_all(std::move(op), {x});
}

/// Results behind the first; which of them anybody reads does not matter, they are there.
Result<Items> results(Call& call, const std::vector<ir::ValueId>& found, size_t count) {
  Items items;
  for (size_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const ir::ValueId value, i == 0 ? Result<ir::ValueId>(found[0]) : call.cast(found[i], call.declared_type(i, DType::kI64)));
    items.emplace_back(Computed{value});
  }
  return items;
}

/// In the order of their first occurrence, and for each element the number of its value.
Result<Item> lower_unique(Call& call) {
  TRY_ASSIGN(const auto found, emit_unique(call, UniqueOrder::kFirst, std::nullopt));
  TRY_ASSIGN(Items items, results(call, found, 2));
  return make_tuple(std::move(items));
}

/// `sorted` or not, the order is ascending. `count` results.
LowerFunction sorted_unique(size_t count) {
  return [count](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto found, emit_unique(call, UniqueOrder::kSorted, std::nullopt));
    TRY_ASSIGN(Items items, results(call, found, count));
    return make_tuple(std::move(items));
  };
}

Result<Item> lower_unique_dim(Call& call) {
  TRY_ASSIGN(const int64_t axis, call.integer("dim", 3));
  TRY_ASSIGN(const auto found, emit_unique(call, UniqueOrder::kSorted, axis));
  TRY_ASSIGN(Items items, results(call, found, 3));
  return make_tuple(std::move(items));
}

/// Only neighbours are merged. Without an axis the input is one list.
Result<Item> lower_unique_consecutive(Call& call) {
  std::optional<int64_t> axis;
  const std::string_view name = call.has("dim", 3) ? "dim" : "axis";
  if (call.has(name, 3)) {
    TRY_ASSIGN(axis, call.integer(name, 3));
  }
  TRY_ASSIGN(const bool inverse, call.flag(call.has("return_idx") ? "return_idx" : "return_inverse", 1, true));
  TRY_ASSIGN(const bool counts, call.flag("return_counts", 2, true));
  TRY_ASSIGN(const auto found, emit_unique(call, UniqueOrder::kConsecutive, axis));
  TRY_ASSIGN(Items items, results(call, found, 3));
  // What is not asked for is declared as one number.
  if (!inverse) items[1] = Unavailable{"positions that the model does not compute"};
  if (!counts) items[2] = Unavailable{"counts that the model does not compute"};
  return make_tuple(std::move(items));
}

/// As many results as elements: behind the distinct ones lies the filling. Each element is written to the place of its value.
Result<Item> lower_unique_with_pad(Call& call) {
  TRY_ASSIGN(const auto found, emit_unique(call, UniqueOrder::kFirst, std::nullopt));
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 1, "the input"));
  TRY(call.want_known(x));
  const int64_t count = call.shape(x)[0];
  TRY_ASSIGN(const double filling, call.number("pad_num", 1));
  TRY_ASSIGN(const ir::ValueId padding, full(call, filling, call.type(x)));
  TRY_ASSIGN(const ir::ValueId places, call.reshape(found[1], {count, 1}));
  TRY_ASSIGN(const ir::ValueId distinct, call.emit(std::make_shared<ops::ScatterNd>(), {padding, places, x}));
  TRY_ASSIGN(const ir::ValueId inverse, call.cast(found[1], call.declared_type(1, DType::kI64)));
  return make_tuple({Item(Computed{distinct}), Item(Computed{inverse})});
}

/// The elements of x that are not in y, and their positions.
Result<Item> lower_list_diff(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.tensor(1));
  TRY(call.want_rank(x, 1, "the input"));
  TRY(call.want_rank(y, 1, "the second input"));
  TRY(call.want_known(x));
  TRY(call.want_known(y));
  const int64_t count = call.shape(x)[0];
  const int64_t others = call.shape(y)[0];
  if (others > 0 && count > kMaxMadeElements / others) return unsupported(str("comparing ", count, " elements with ", others));
  TRY_ASSIGN(const ir::ValueId column, call.reshape(x, {count, 1}));
  TRY_ASSIGN(const ir::ValueId row, call.reshape(y, {1, others}));
  TRY_ASSIGN(const ir::ValueId same, call.compare(ops::CompareKind::kNotEqual, column, row));
  TRY_ASSIGN(const ir::ValueId kept, call.reduce(ops::ReduceKind::kAll, same, {1}, false));
  TRY_ASSIGN(const ir::ValueId numbers, iota(call, count));
  TRY_ASSIGN(const DType dtype, element_type_or(call, "out_idx", kAttributeOnly, DType::kI32));
  TRY_ASSIGN(const ir::ValueId positions, call.cast(numbers, dtype));
  TRY_ASSIGN(const ir::ValueId values, call.emit(std::make_shared<ops::MaskedSelect>(), {x, kept}));
  TRY_ASSIGN(const ir::ValueId indices, call.emit(std::make_shared<ops::MaskedSelect>(), {positions, kept}));
  return make_tuple({Item(Computed{values}), Item(Computed{indices})});
}

REGISTER_PRIMITIVE(UniqueWithPad, lower_unique_with_pad);
REGISTER_PRIMITIVE(ListDiff, lower_list_diff);
REGISTER_PRIMITIVE(Unique, lower_unique);
REGISTER_PRIMITIVE(Unique2, sorted_unique(3));
REGISTER_PRIMITIVE(InnerUnique, sorted_unique(2));
REGISTER_PRIMITIVE(UniqueDim, lower_unique_dim);
REGISTER_PRIMITIVE(UniqueConsecutive, lower_unique_consecutive);

}  // namespace
}  // namespace mindird::mindir

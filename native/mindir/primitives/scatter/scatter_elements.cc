// Writing elements along one axis, as a new tensor or (memory/resolve.h has decided who sees it) in place: Scatter, ScatterValue, ScatterAddExt,
// ScatterAddWithAxis, TensorScatterElements, and with one index per slice IndexAddExt, IndexFill.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "mindir/primitives/inplace/stored.h"
#include "ops/scatter/scatter_elements.h"

namespace mindird::mindir {
namespace {

using ops::ScatterKind;

Result<ir::ValueId> emit_scatter(Call& call, ScatterKind kind, size_t axis, ir::ValueId x, ir::ValueId index, ir::ValueId updates) {
  auto op = std::make_shared<ops::ScatterElements>();
  op->kind = kind;
  op->axis = static_cast<int64_t>(axis);
  return call.emit(std::move(op), {x, index, updates});
}

Result<ScatterKind> kind_of(const Call& call, std::string_view name, size_t position) {
  TRY_ASSIGN(const int64_t kind, call.choice(name, position, {"none", "add"}, 0));
  if (kind != 0 && kind != 1) return unsupported(str(name, " is ", kind, ", want 0 (none) or 1 (add)"));
  return kind == 0 ? ScatterKind::kUpdate : ScatterKind::kAdd;
}

/// The part of the updates that an index addresses: there may be more of them than indices.
Result<ir::ValueId> fitting(Call& call, ir::ValueId updates, Shape index) {
  TRY(call.want_known(updates));
  if (call.rank(updates) != index.rank()) return invalid_model(str("updates of type ", call.type(updates).text(), " with indices of shape ", index.text()));
  for (size_t i = 0; i < index.rank(); ++i) {
    if (index[i] > call.shape(updates)[i]) return invalid_model(str("updates of type ", call.type(updates).text(), " for indices of shape ", index.text()));
    if (index[i] == call.shape(updates)[i]) continue;
    TRY_ASSIGN(updates, call.slice(updates, i, 0, index[i]));
  }
  return updates;
}

/// (x, axis, indices, updates).
Result<Item> scatter_along(Call& call, ScatterKind kind) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 2));
  TRY(call.want_known(index));
  TRY_ASSIGN(ir::ValueId updates, call.tensor(3));
  TRY_ASSIGN(updates, call.cast(updates, call.type(x).dtype));
  TRY_ASSIGN(updates, fitting(call, updates, call.shape(index)));
  return call.result(emit_scatter(call, kind, axis, x, index, updates));
}

Result<Item> lower_scatter(Call& call) {
  TRY_ASSIGN(const ScatterKind kind, kind_of(call, "reduce", 4));
  return scatter_along(call, kind);
}

Result<Item> lower_scatter_src(Call& call) { return scatter_along(call, ScatterKind::kUpdate); }

Result<Item> lower_scatter_add_ext(Call& call) { return scatter_along(call, ScatterKind::kAdd); }

/// One number for all.
Result<Item> scatter_value(Call& call, ScatterKind kind) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 2));
  TRY(call.want_known(index));
  TRY_ASSIGN(const double value, call.number("src", 3));
  TRY_ASSIGN(const ir::ValueId updates, full(call, value, {call.type(x).dtype, call.shape(index)}));
  return call.result(emit_scatter(call, kind, axis, x, index, updates));
}

Result<Item> lower_scatter_value(Call& call) {
  TRY_ASSIGN(const ScatterKind kind, kind_of(call, "reduce", 4));
  return scatter_value(call, kind);
}

Result<Item> lower_scatter_number(Call& call) { return scatter_value(call, ScatterKind::kUpdate); }

/// (x, indices, updates) with the axis behind them or an attribute.
Result<Item> scatter_elements(Call& call, ScatterKind kind) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
  TRY_ASSIGN(ir::ValueId updates, call.tensor(2));
  TRY_ASSIGN(const int64_t given, call.integer("axis", 3, 0));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(updates, call.cast(updates, call.type(x).dtype));
  return call.result(emit_scatter(call, kind, axis, x, index, updates));
}

Result<Item> lower_tensor_scatter_elements(Call& call) {
  TRY_ASSIGN(const ScatterKind kind, kind_of(call, "reduction", 4));
  return scatter_elements(call, kind);
}

Result<Item> lower_scatter_add_with_axis(Call& call) { return scatter_elements(call, ScatterKind::kAdd); }

/// Slices of `source` times alpha are added at the indices along an axis.
Result<Item> lower_index_add(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 2));
  TRY_ASSIGN(ir::ValueId source, call.tensor(3));
  TRY(call.want_known(source));
  TRY_ASSIGN(const double alpha, call.number("alpha", 4, 1));
  TRY(call.want_rank(source, call.rank(x), "the source"));
  TRY_ASSIGN(source, call.cast(source, call.type(x).dtype));
  if (alpha != 1) {
    TRY_ASSIGN(source, call.binary(ops::BinaryKind::kMul, source, alpha));
  }
  TRY_ASSIGN(const ir::ValueId spread, spread_indices(call, index, axis, call.shape(source)));
  return call.result(emit_scatter(call, ScatterKind::kAdd, axis, x, spread, source));
}

/// (parameter, indices, updates), the axis being an attribute.
Result<Item> lower_stored_index_add(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("axis", kAttributeOnly));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  if (call.op() == "IndexAdd") {  // an index outside is an error either way
    TRY_ASSIGN([[maybe_unused]] const bool checked, call.flag("check_index_bound", kAttributeOnly));
  }
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
  TRY_ASSIGN(const ir::ValueId updates, call.tensor(2));
  TRY(call.want_known(updates));
  TRY(call.want_rank(updates, call.rank(x), "the updates"));
  TRY_ASSIGN(const ir::ValueId source, call.cast(updates, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId spread, spread_indices(call, index, axis, call.shape(source)));
  TRY_ASSIGN(const ir::ValueId sum, emit_scatter(call, ScatterKind::kAdd, axis, x, spread, source));
  return stored(call, sum);
}

/// One value in all slices at the indices along an axis.
Result<Item> lower_index_fill(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(ir::ValueId index, index_tensor(call, 2));
  if (call.rank(index) == 0) {
    TRY_ASSIGN(index, call.reshape(index, {1}));
  }
  TRY_ASSIGN(const ir::ValueId spread, spread_indices(call, index, axis, call.shape(x)));
  ir::ValueId value = 0;
  if (const auto number = number_of(call.input(3))) {
    TRY_ASSIGN(value, call.scalar(*number, call.type(x).dtype));
  } else {
    TRY_ASSIGN(const ir::ValueId tensor, call.tensor(3));
    TRY_ASSIGN(value, call.cast(tensor, call.type(x).dtype));
  }
  TRY_ASSIGN(const ir::ValueId updates, call.expand(value, call.shape(spread).vector()));
  return call.result(emit_scatter(call, ScatterKind::kUpdate, axis, x, spread, updates));
}

REGISTER_PRIMITIVE(Scatter, lower_scatter);
REGISTER_PRIMITIVE(ScatterValue, lower_scatter_value);
REGISTER_PRIMITIVE(InplaceScatterSrc, lower_scatter_src);
REGISTER_PRIMITIVE(InplaceScatterSrcReduce, lower_scatter);
REGISTER_PRIMITIVE(InplaceScatterValue, lower_scatter_number);
REGISTER_PRIMITIVE(InplaceScatterValueReduce, lower_scatter_value);
REGISTER_PRIMITIVE(InplaceScatterAdd, lower_scatter_add_ext);
REGISTER_PRIMITIVE(InplaceIndexAddExt, lower_index_add);
REGISTER_PRIMITIVE(InplaceIndexFillScalar, lower_index_fill);
REGISTER_PRIMITIVE(InplaceIndexFillTensor, lower_index_fill);
REGISTER_PRIMITIVE(ScatterAddExt, lower_scatter_add_ext);
REGISTER_PRIMITIVE(TensorScatterElements, lower_tensor_scatter_elements);
REGISTER_PRIMITIVE(ScatterAddWithAxis, lower_scatter_add_with_axis);
REGISTER_PRIMITIVE(IndexAddExt, lower_index_add);
REGISTER_PRIMITIVE(IndexAdd, lower_stored_index_add);
REGISTER_PRIMITIVE(InplaceIndexAdd, lower_stored_index_add);
REGISTER_PRIMITIVE(IndexFill, lower_index_fill);
REGISTER_PRIMITIVE(IndexFillScalar, lower_index_fill);
REGISTER_PRIMITIVE(IndexFillTensor, lower_index_fill);

}  // namespace
}  // namespace mindird::mindir

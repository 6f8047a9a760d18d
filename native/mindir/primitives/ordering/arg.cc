// Where the largest and smallest elements are: Argmax, Argmin, ArgMaxWithValue, ArgMinWithValue.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/ordering/arg_reduce.h"

namespace mindird::mindir {
namespace {

using ops::ArgReduceKind;

Result<ir::ValueId> emit_arg(Call& call, ir::ValueId x, ArgReduceKind kind, size_t axis, bool keep_dims, DType index_type) {
  auto op = std::make_shared<ops::ArgReduce>();
  op->kind = kind;
  op->axis = static_cast<int64_t>(axis);
  op->keep_dims = keep_dims;
  op->index_type = index_type;
  return call.emit(std::move(op), {x});
}

LowerFunction arg(ArgReduceKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const int64_t given, call.integer("axis", 1, -1));
    TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
    DType index_type = DType::kI32;
    if (call.has("output_type", 2)) {
      TRY_ASSIGN(index_type, call.element_type("output_type", 2));
    }
    if (index_type != DType::kI32 && index_type != DType::kI64) return unsupported(str("output_type ", dtype_name(index_type), ", want i32 or i64"));
    return call.result(emit_arg(call, x, kind, axis, false, index_type));
  };
}

/// Positions and values. The positions are int64, in files up to 2.0 int32.
LowerFunction arg_with_value(ArgReduceKind kind, ops::ReduceKind reduction) {
  return [kind, reduction](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const int64_t given, call.integer("axis", 1, 0));
    TRY_ASSIGN(const bool keep_dims, call.flag("keep_dims", 2, false));
    TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
    const DType index_type = call.declared_type(0, DType::kI64);
    if (index_type != DType::kI32 && index_type != DType::kI64) return unsupported(str("positions of type ", dtype_name(index_type), ", want i32 or i64"));
    TRY_ASSIGN(const ir::ValueId index, emit_arg(call, x, kind, axis, keep_dims, index_type));
    TRY_ASSIGN(const ir::ValueId value, call.reduce(reduction, x, {static_cast<int64_t>(axis)}, keep_dims));
    return make_tuple({Item(Computed{index}), Item(Computed{value})});
  };
}

REGISTER_PRIMITIVE(Argmax, arg(ArgReduceKind::kMax));
REGISTER_PRIMITIVE(Argmin, arg(ArgReduceKind::kMin));
REGISTER_PRIMITIVE(ArgMaxWithValue, arg_with_value(ArgReduceKind::kMax, ops::ReduceKind::kMax));
REGISTER_PRIMITIVE(ArgMinWithValue, arg_with_value(ArgReduceKind::kMin, ops::ReduceKind::kMin));

}  // namespace
}  // namespace mindird::mindir

// Running reductions along an axis: CumSum, CumProd, CumulativeLogsumexp, Cummax, Cummin and their newer forms.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/reduction/cumulative.h"
#include "ops/reduction/cumulative_extreme.h"

namespace mindird::mindir {
namespace {

using ops::ArgReduceKind;
using ops::CumulativeKind;

Result<ir::ValueId> emit_cumulative(Call& call, ir::ValueId x, CumulativeKind kind, int64_t given, bool exclusive, bool reverse) {
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  auto op = std::make_shared<ops::Cumulative>();
  op->kind = kind;
  op->axis = static_cast<int64_t>(axis);
  op->exclusive = exclusive;
  op->reverse = reverse;
  return call.emit(std::move(op), {x});
}

LowerFunction cumulative(CumulativeKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const int64_t axis, call.integer("axis", 1));
    TRY_ASSIGN(const bool exclusive, call.flag("exclusive", 2, false));
    TRY_ASSIGN(const bool reverse, call.flag("reverse", 3, false));
    return call.result(emit_cumulative(call, x, kind, axis, exclusive, reverse));
  };
}

/// In the type that is given, else in the one that the file declares.
Result<Item> lower_cumsum_ext(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t axis, call.integer("dim", 1));
  TRY_ASSIGN(const DType dtype, element_type_or(call, "dtype", 2, call.declared_type(0, call.type(x).dtype)));
  TRY_ASSIGN(x, call.cast(x, dtype));
  return call.result(emit_cumulative(call, x, CumulativeKind::kSum, axis, false, false));
}

/// Values and positions.
LowerFunction extreme(ArgReduceKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    const std::string_view name = call.has("dim", 1) ? "dim" : "axis";
    TRY_ASSIGN(const int64_t given, call.integer(name, 1));
    TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
    auto op = std::make_shared<ops::CumulativeExtreme>();
    op->kind = kind;
    op->axis = static_cast<int64_t>(axis);
    TRY_ASSIGN(const auto found, call.emit_all(std::move(op), {x}));
    TRY_ASSIGN(const ir::ValueId indices, call.cast(found[1], call.declared_type(1, DType::kI64)));
    return make_tuple({Item(Computed{found[0]}), Item(Computed{indices})});
  };
}

REGISTER_PRIMITIVE(CumSum, cumulative(CumulativeKind::kSum));
REGISTER_PRIMITIVE(CumProd, cumulative(CumulativeKind::kProd));
REGISTER_PRIMITIVE(CumulativeLogsumexp, cumulative(CumulativeKind::kLogSumExp));
REGISTER_PRIMITIVE(CumsumExt, lower_cumsum_ext);
REGISTER_PRIMITIVE(Cummax, extreme(ArgReduceKind::kMax));
REGISTER_PRIMITIVE(Cummin, extreme(ArgReduceKind::kMin));
REGISTER_PRIMITIVE(CumminExt, extreme(ArgReduceKind::kMin));

}  // namespace
}  // namespace mindird::mindir

// CumSum and the triangles of a matrix.
#include "mindir/primitives/primitive.h"
#include "ops/reduction/cum_sum.h"
#include "ops/movement/triangle.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_cum_sum(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("axis", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  auto op = std::make_shared<ops::CumSum>();
  op->axis = static_cast<int64_t>(axis);
  TRY_ASSIGN(op->exclusive, call.flag("exclusive", 2, false));
  TRY_ASSIGN(op->reverse, call.flag("reverse", 3, false));
  return call.result(call.emit(std::move(op), {x}));
}

Result<Item> lower_triu(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  auto op = std::make_shared<ops::Triangle>();
  op->upper = true;
  TRY_ASSIGN(op->diagonal, call.integer("diagonal", 1, 0));
  return call.result(call.emit(std::move(op), {x}));
}

REGISTER_PRIMITIVE(CumSum, lower_cum_sum);
REGISTER_PRIMITIVE(Triu, lower_triu);

}  // namespace
}  // namespace mindird::mindir

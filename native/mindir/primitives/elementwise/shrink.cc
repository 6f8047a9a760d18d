// HShrink keeps what is farther from zero than lambd; SoftShrink moves it towards zero by lambd as well. All else, NaN too, becomes zero.
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

struct Bounds {
  ir::ValueId low = 0;
  ir::ValueId high = 0;
  ir::ValueId zero = 0;
};

Result<Bounds> bounds_of(Call& call, ir::ValueId x) {
  TRY_ASSIGN(const double lambd, call.number("lambd", 1, 0.5));
  Bounds out;
  TRY_ASSIGN(out.low, call.scalar(-lambd, call.type(x).dtype));
  TRY_ASSIGN(out.high, call.scalar(lambd, call.type(x).dtype));
  TRY_ASSIGN(out.zero, call.scalar(0, call.type(x).dtype));
  return out;
}

Result<Item> lower_hard_shrink(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const Bounds bounds, bounds_of(call, x));
  TRY_ASSIGN(const ir::ValueId below, call.compare(CompareKind::kLess, x, bounds.low));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreater, x, bounds.high));
  TRY_ASSIGN(const ir::ValueId far, call.binary(BinaryKind::kLogicalOr, below, above));
  return call.result(call.select(far, x, bounds.zero));
}

Result<Item> lower_soft_shrink(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const Bounds bounds, bounds_of(call, x));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreater, x, bounds.high));
  TRY_ASSIGN(const ir::ValueId below, call.compare(CompareKind::kLess, x, bounds.low));
  TRY_ASSIGN(const ir::ValueId lowered, call.binary(BinaryKind::kSub, x, bounds.high));
  TRY_ASSIGN(const ir::ValueId raised, call.binary(BinaryKind::kSub, x, bounds.low));
  TRY_ASSIGN(const ir::ValueId negative, call.select(below, raised, bounds.zero));
  return call.result(call.select(above, lowered, negative));
}

REGISTER_PRIMITIVE(HShrink, lower_hard_shrink);
REGISTER_PRIMITIVE(SoftShrink, lower_soft_shrink);

}  // namespace
}  // namespace mindird::mindir

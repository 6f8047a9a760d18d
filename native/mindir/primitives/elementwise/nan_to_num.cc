// NanToNum: numbers in the place of NaN and of the infinities; without any named, 0 and the largest and lowest finite numbers of the type.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::CompareKind;

Result<double> largest(DType dtype) {
  switch (dtype) {
    case DType::kF16: return 65504.0;
    case DType::kBF16: return 0x1.FEp127;
    case DType::kF32: return 0x1.FFFFFEp127;
    case DType::kF64: return 0x1.FFFFFFFFFFFFFp1023;
    default: return unsupported(str("element type ", dtype_name(dtype), ", want a floating-point type"));
  }
}

Result<Item> lower_nan_to_num(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  const DType dtype = call.type(x).dtype;
  TRY_ASSIGN(const double most, largest(dtype));
  TRY_ASSIGN(const double nan, call.number("nan", 1, 0.0));
  TRY_ASSIGN(const double above, call.number("posinf", 2, most));
  TRY_ASSIGN(const double below, call.number("neginf", 3, -most));
  TRY_ASSIGN(const ir::ValueId for_nan, call.scalar(nan, dtype));
  TRY_ASSIGN(const ir::ValueId for_above, call.scalar(above, dtype));
  TRY_ASSIGN(const ir::ValueId for_below, call.scalar(below, dtype));
  TRY_ASSIGN(const ir::ValueId high, call.scalar(most, dtype));
  TRY_ASSIGN(const ir::ValueId low, call.scalar(-most, dtype));
  TRY_ASSIGN(const ir::ValueId is_nan, call.unary(ops::UnaryKind::kIsNan, x));
  TRY_ASSIGN(const ir::ValueId is_above, call.compare(CompareKind::kGreater, x, high));
  TRY_ASSIGN(const ir::ValueId is_below, call.compare(CompareKind::kLess, x, low));
  TRY_ASSIGN(const ir::ValueId without_nan, call.select(is_nan, for_nan, x));
  TRY_ASSIGN(const ir::ValueId bounded_above, call.select(is_above, for_above, without_nan));
  return call.result(call.select(is_below, for_below, bounded_above));
}

REGISTER_PRIMITIVE(NanToNum, lower_nan_to_num);

}  // namespace
}  // namespace mindird::mindir

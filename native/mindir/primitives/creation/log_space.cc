// Numbers at even distances on a logarithmic scale.
#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

/// base^x for `steps` numbers x from start to end, both included.
Result<Item> lower_log_space(Call& call) {
  TRY_ASSIGN(const ir::ValueId start, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId end, call.tensor(1));
  TRY_ASSIGN(const int64_t steps, call.integer("steps", 2, 10));
  TRY_ASSIGN(const int64_t base, call.integer("base", 3, 10));
  TRY(expect_created(steps));
  TRY_ASSIGN(const DType dtype, call.element_type("dtype", kAttributeOnly));
  if (!is_floating(dtype)) return unsupported(str("logarithmic steps of ", dtype_name(dtype)));
  std::vector<double> way(static_cast<size_t>(steps));
  for (size_t i = 1; i < way.size(); ++i) way[i] = static_cast<double>(i) / static_cast<double>(steps - 1);
  // In double, as base^x multiplies the error of x.
  TRY_ASSIGN(const ir::ValueId parts, numbers(call, way, {steps}, DType::kF64));
  TRY_ASSIGN(const ir::ValueId low, call.cast(start, DType::kF64));
  TRY_ASSIGN(const ir::ValueId high, call.cast(end, DType::kF64));
  TRY_ASSIGN(const ir::ValueId range, call.binary(BinaryKind::kSub, high, low));
  TRY_ASSIGN(const ir::ValueId moved, call.binary(BinaryKind::kMul, parts, range));
  TRY_ASSIGN(const ir::ValueId exponents, call.binary(BinaryKind::kAdd, moved, low));
  TRY_ASSIGN(const ir::ValueId number, call.scalar(static_cast<double>(base), DType::kF64));
  TRY_ASSIGN(const ir::ValueId powers, call.binary(BinaryKind::kPow, number, exponents));
  return call.result(call.cast(powers, dtype));
}

REGISTER_PRIMITIVE(LogSpace, lower_log_space);

}  // namespace
}  // namespace mindird::mindir

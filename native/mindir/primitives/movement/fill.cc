// Tensors of one value, in the shape of another tensor or in a given one, and evenly spaced numbers.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

/// Most numbers LinSpaceExt gives.
constexpr int64_t kMaxSteps = int64_t{1} << 20U;

/// The element type an argument names; without one that of the file's declaration, which MindSpore derives from the tensor or from the value.
Result<DType> type_at(Call& call, size_t position, DType missing) {
  if (!call.has("dtype", position)) return call.declared_type(0, missing);
  return call.element_type("dtype", position);
}

/// The type a number has of its own: bool, int64 or float32.
DType own_type(const Item& item) {
  if (item.as<bool>()) return DType::kBool;
  return item.as<int64_t>() ? DType::kI64 : DType::kF32;
}

Result<Item> filled(Call& call, ir::ValueId value, std::vector<int64_t> shape) {
  TRY_ASSIGN(const ir::ValueId one, call.reshape(value, {}));
  return call.result(call.expand(one, std::move(shape)));
}

/// The number at a position in an element type; also one that is known only at run time.
Result<ir::ValueId> number_at(Call& call, size_t position, DType dtype) {
  if (const auto number = number_of(call.input(position)); number && !call.input(position).as<int64_t>()) return call.scalar(*number, dtype);
  TRY_ASSIGN(const ir::ValueId value, call.tensor(position));
  if (call.shape(value).known() && call.shape(value).elements() != 1) return invalid_model(str("the value is ", call.type(value).text(), ", want one element"));
  return call.cast(value, dtype);
}

/// ZerosLikeExt(x, dtype) and OnesLikeExt(x, dtype)
LowerFunction like(double value) {
  return [value](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY(call.want_known(x));
    TRY_ASSIGN(const DType dtype, type_at(call, 1, call.type(x).dtype));
    TRY_ASSIGN(const ir::ValueId number, call.scalar(value, dtype));
    return filled(call, number, call.shape(x).vector());
  };
}

/// FullLike(x, value, dtype)
Result<Item> lower_full_like(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const DType dtype, type_at(call, 2, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId number, number_at(call, 1, dtype));
  return filled(call, number, call.shape(x).vector());
}

/// NewZeros(x, size, dtype) and NewOnes(x, size, dtype): in the element type of x where none is given.
LowerFunction in_type_of(double value) {
  return [value](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const auto size, call.integers("size", 1));
    TRY_ASSIGN(const DType dtype, type_at(call, 2, call.type(x).dtype));
    TRY_ASSIGN(const ir::ValueId number, call.scalar(value, dtype));
    return filled(call, number, size);
  };
}

/// NewFull(x, size, value, dtype)
Result<Item> lower_new_full(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto size, call.integers("size", 1));
  TRY_ASSIGN(const DType dtype, type_at(call, 3, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId number, number_at(call, 2, dtype));
  return filled(call, number, size);
}

/// FillScalar(size, value, dtype) and FillTensor(size, value, dtype)
Result<Item> lower_fill(Call& call) {
  TRY_ASSIGN(const auto size, call.integers("size", 0));
  TRY_ASSIGN(const ir::ValueId given, call.tensor(1));
  const DType own = call.op() == "FillScalar" ? own_type(call.input(1)) : call.type(given).dtype;
  TRY_ASSIGN(const DType dtype, type_at(call, 2, own));
  TRY_ASSIGN(const ir::ValueId number, number_at(call, 1, dtype));
  return filled(call, number, size);
}

/// start + i (end - start) / (steps - 1)
Result<Item> lower_lin_space(Call& call) {
  TRY_ASSIGN(const double start, call.number("start", 0));
  TRY_ASSIGN(const double end, call.number("end", 1));
  TRY_ASSIGN(const int64_t steps, call.integer("steps", 2));
  TRY_ASSIGN(const DType dtype, type_at(call, 3, DType::kF32));
  if (steps < 0 || steps > kMaxSteps) return unsupported(str(steps, " steps, want 0 to ", kMaxSteps));
  if (!is_floating(dtype)) return unsupported(str("element type ", dtype_name(dtype), ", want a floating-point type"));
  TRY(call.spend(static_cast<size_t>(steps)));
  std::vector<double> values;
  for (int64_t i = 0; i < steps; ++i) {
    const double way = steps == 1 ? 0 : static_cast<double>(i) / static_cast<double>(steps - 1);
    values.push_back(start + way * (end - start));
  }
  TRY_ASSIGN(const ir::ValueId made, call.constant({DType::kF64, {steps}}, std::as_bytes(std::span(values))));
  return call.result(call.cast(made, dtype));
}

REGISTER_PRIMITIVE(ZerosLikeExt, like(0));
REGISTER_PRIMITIVE(OnesLikeExt, like(1));
REGISTER_PRIMITIVE(FullLike, lower_full_like);
REGISTER_PRIMITIVE(NewZeros, in_type_of(0));
REGISTER_PRIMITIVE(NewOnes, in_type_of(1));
REGISTER_PRIMITIVE(NewFull, lower_new_full);
REGISTER_PRIMITIVE(FillScalar, lower_fill);
REGISTER_PRIMITIVE(FillTensor, lower_fill);
REGISTER_PRIMITIVE(LinSpaceExt, lower_lin_space);

}  // namespace
}  // namespace mindird::mindir

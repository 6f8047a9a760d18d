// Between Python numbers and tensors, and from one kind of number to another.
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "mindir/primitives/scalar/number.h"

namespace mindird::mindir {
namespace {

/// A known number in the kind of an element type; floats are cut towards zero.
Result<Item> converted(const Number& number, DType to) {
  if (to == DType::kBool) return Item(real(number) != 0);
  if (is_floating(to)) return float_item(real(number));
  if (const auto i = whole(number)) return Item(*i);
  constexpr double kBeyond = 9223372036854775808.0;
  const double cut = std::trunc(real(number));
  if (!(cut >= -kBeyond && cut < kBeyond)) return invalid_model(str("the number ", real(number), " is no integer of 64 bits"));
  return Item(static_cast<int64_t>(cut));
}

Result<Item> lower_scalar_cast(Call& call) {
  TRY_ASSIGN(const DType to, call.element_type("dtype", 1));
  if (const auto number = known_number(call.input(0))) return converted(*number, to);
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.cast(x, to));
  return call.scalar_result(y);
}

Result<Item> lower_scalar_to_tensor(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  if (!call.has("dtype", 1)) return call.result(x);
  TRY_ASSIGN(const DType to, call.element_type("dtype", 1));
  if (const auto number = known_number(call.input(0)); number && !whole(*number)) return call.result(call.scalar(real(*number), to));
  return call.result(call.cast(x, to));
}

/// A tensor of one element.
Result<Item> lower_tensor_to_scalar(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (call.shape(x).elements() != 1) return invalid_model(str("the input is ", call.type(x).text(), ", want one element"));
  TRY_ASSIGN(const ir::ValueId y, call.reshape(x, {}));
  return call.scalar_result(y);
}

/// The number of elements.
Result<Item> lower_size(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  return Item(call.shape(x).elements());
}

REGISTER_PRIMITIVE(ScalarCast, lower_scalar_cast);
REGISTER_PRIMITIVE(ScalarToTensor, lower_scalar_to_tensor);
REGISTER_PRIMITIVE(TensorToScalar, lower_tensor_to_scalar);
REGISTER_PRIMITIVE(Size, lower_size);

}  // namespace
}  // namespace mindird::mindir

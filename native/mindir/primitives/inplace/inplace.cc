// Primitives that write into their first input. Where memory/resolve.h is done with a program they are what computes the new value: another primitive of the same
// arguments, in the element type and shape of the first input.
#include <string>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

enum class Kind : uint8_t { kBool, kInteger, kFloat };

Kind kind_of(DType dtype) {
  if (dtype == DType::kBool) return Kind::kBool;
  return is_floating(dtype) ? Kind::kFloat : Kind::kInteger;
}

/// `value` as what the first input holds from now on. Like MindSpore, no number becomes an integer that was not one.
Result<Item> stored(Call& call, ir::ValueId value) {
  TRY_ASSIGN(const ir::ValueId target, call.tensor(0));
  const TensorType& type = call.type(target);
  if (call.shape(value) != type.shape) return invalid_model(str("writes ", call.type(value).text(), " into ", type.text()));
  if (kind_of(call.type(value).dtype) > kind_of(type.dtype)) return unsupported(str("writes ", call.type(value).text(), " into ", type.text()));
  return call.result(call.cast(value, type.dtype));
}

/// The new value is what the primitive `pure` computes from the same inputs.
LowerFunction in_place(std::string_view pure) {
  return [pure](Call& call) -> Result<Item> {
    const LowerFunction* function = PrimitiveRegistry::instance().find(pure);
    if (!function) return unsupported(str("the primitive ", pure, " is not supported"));
    TRY_ASSIGN(const Item item, (*function)(call));
    TRY_ASSIGN(const ir::ValueId value, call.tensor_of(item));
    return stored(call, value);
  };
}

/// Assign: the new value, which may be a number.
Result<Item> lower_assign(Call& call) {
  TRY_ASSIGN(const ir::ValueId value, call.tensor(1));
  return stored(call, value);
}

REGISTER_PRIMITIVE(Assign, lower_assign);
REGISTER_PRIMITIVE(AssignAdd, in_place("Add"));
REGISTER_PRIMITIVE(AssignSub, in_place("Sub"));
REGISTER_PRIMITIVE(InplaceAddExt, in_place("AddExt"));
REGISTER_PRIMITIVE(InplaceAddsExt, in_place("AddExt"));
REGISTER_PRIMITIVE(InplaceMul, in_place("Mul"));
REGISTER_PRIMITIVE(InplaceMuls, in_place("Muls"));

}  // namespace
}  // namespace mindird::mindir

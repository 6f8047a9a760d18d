// Primitives that write into their first input. Where memory/resolve.h is done with a program they are what computes the new value: mostly another primitive of
// the same arguments, in the element type and shape of the first input.
#include <string>

#include "base/strings.h"
#include "mindir/primitives/inplace/stored.h"

namespace mindird::mindir {
namespace {

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

/// InplaceCopy(x, source), InplaceFillScalar(x, value) and InplaceFillTensor(x, value)
Result<Item> lower_fill(Call& call) {
  TRY_ASSIGN(const ir::ValueId value, call.tensor(1));
  return filled(call, value);
}

/// InplaceZero(x)
Result<Item> lower_zero(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  return filled(call, zero);
}

REGISTER_PRIMITIVE(Assign, lower_assign);
REGISTER_PRIMITIVE(AssignAdd, in_place("Add"));
REGISTER_PRIMITIVE(AssignSub, in_place("Sub"));
REGISTER_PRIMITIVE(InplaceAddExt, in_place("AddExt"));
REGISTER_PRIMITIVE(InplaceAddmm, in_place("Addmm"));
REGISTER_PRIMITIVE(InplaceAddsExt, in_place("AddExt"));
REGISTER_PRIMITIVE(InplaceClampScalar, in_place("ClampScalar"));
REGISTER_PRIMITIVE(InplaceClampTensor, in_place("ClampTensor"));
REGISTER_PRIMITIVE(InplaceCopy, lower_fill);
REGISTER_PRIMITIVE(InplaceDiv, in_place("Div"));
REGISTER_PRIMITIVE(InplaceDivMod, in_place("DivMod"));
REGISTER_PRIMITIVE(InplaceDivMods, in_place("DivMods"));
REGISTER_PRIMITIVE(InplaceDivs, in_place("Divs"));
REGISTER_PRIMITIVE(InplaceElu, in_place("EluExt"));
REGISTER_PRIMITIVE(InplaceErfinv, in_place("Erfinv"));
REGISTER_PRIMITIVE(InplaceExp, in_place("Exp"));
REGISTER_PRIMITIVE(InplaceFillScalar, lower_fill);
REGISTER_PRIMITIVE(InplaceFillTensor, lower_fill);
REGISTER_PRIMITIVE(InplaceFloor, in_place("Floor"));
REGISTER_PRIMITIVE(InplaceFloorDivide, in_place("FloorDiv"));
REGISTER_PRIMITIVE(InplaceFloorDivides, in_place("FloorDiv"));
REGISTER_PRIMITIVE(InplaceHardtanh, in_place("Hardtanh"));
REGISTER_PRIMITIVE(InplaceLog, in_place("Log"));
REGISTER_PRIMITIVE(InplaceMaskedFillScalar, in_place("MaskedFill"));
REGISTER_PRIMITIVE(InplaceMaskedFillTensor, in_place("MaskedFill"));
REGISTER_PRIMITIVE(InplaceMul, in_place("Mul"));
REGISTER_PRIMITIVE(InplaceMuls, in_place("Muls"));
REGISTER_PRIMITIVE(InplaceReLU, in_place("ReLU"));
REGISTER_PRIMITIVE(InplaceRemainderTensorScalar, in_place("RemainderTensorScalar"));
REGISTER_PRIMITIVE(InplaceRemainderTensorTensor, in_place("RemainderTensorTensor"));
REGISTER_PRIMITIVE(InplaceSiLU, in_place("SiLU"));
REGISTER_PRIMITIVE(InplaceSigmoid, in_place("Sigmoid"));
REGISTER_PRIMITIVE(InplaceSign, in_place("Sign"));
REGISTER_PRIMITIVE(InplaceSubExt, in_place("SubExt"));
REGISTER_PRIMITIVE(InplaceSubScalar, in_place("SubScalar"));
REGISTER_PRIMITIVE(InplaceTanh, in_place("Tanh"));
REGISTER_PRIMITIVE(InplaceThreshold, in_place("Threshold"));
REGISTER_PRIMITIVE(InplaceZero, lower_zero);

}  // namespace
}  // namespace mindird::mindir

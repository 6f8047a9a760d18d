// Operations on the bits of integers. Bools are their own bits.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

LowerFunction bits(BinaryKind kind, BinaryKind of_bools) {
  return [kind, of_bools](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, operands(call));
    const bool bools = call.type(pair.first).dtype == DType::kBool;
    return call.result(call.binary(bools ? of_bools : kind, pair.first, pair.second));
  };
}

LowerFunction shift(BinaryKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, operands(call));
    return call.result(call.binary(kind, pair.first, pair.second));
  };
}

Result<Item> lower_invert(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  const DType dtype = call.type(x).dtype;
  if (!is_integer(dtype)) return invalid_model(str("the input is ", call.type(x).text(), ", want integers"));
  const std::vector<std::byte> ones(dtype_size(dtype), std::byte{0xFF});
  TRY_ASSIGN(const ir::ValueId mask, call.constant({dtype, {}}, ones));
  return call.result(call.binary(BinaryKind::kBitXor, x, mask));
}

REGISTER_PRIMITIVE(BitwiseAnd, bits(BinaryKind::kBitAnd, BinaryKind::kLogicalAnd));
REGISTER_PRIMITIVE(BitwiseOr, bits(BinaryKind::kBitOr, BinaryKind::kLogicalOr));
REGISTER_PRIMITIVE(BitwiseXor, bits(BinaryKind::kBitXor, BinaryKind::kLogicalXor));
REGISTER_PRIMITIVE(BitwiseAndTensor, bits(BinaryKind::kBitAnd, BinaryKind::kLogicalAnd));
REGISTER_PRIMITIVE(BitwiseOrTensor, bits(BinaryKind::kBitOr, BinaryKind::kLogicalOr));
REGISTER_PRIMITIVE(BitwiseXorTensor, bits(BinaryKind::kBitXor, BinaryKind::kLogicalXor));
REGISTER_PRIMITIVE(BitwiseAndScalar, bits(BinaryKind::kBitAnd, BinaryKind::kLogicalAnd));
REGISTER_PRIMITIVE(BitwiseOrScalar, bits(BinaryKind::kBitOr, BinaryKind::kLogicalOr));
REGISTER_PRIMITIVE(BitwiseXorScalar, bits(BinaryKind::kBitXor, BinaryKind::kLogicalXor));
REGISTER_PRIMITIVE(LeftShift, shift(BinaryKind::kShiftLeft));
REGISTER_PRIMITIVE(RightShift, shift(BinaryKind::kShiftRight));
REGISTER_PRIMITIVE(Invert, lower_invert);

}  // namespace
}  // namespace mindird::mindir

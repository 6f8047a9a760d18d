// Choosing and blending elements: Select, MaskedFill, MaskedSelect, NonZero, PReLU, Cast.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"
#include "ops/indexing/masked_select.h"
#include "ops/indexing/non_zero.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<Item> lower_select(Call& call) {
  TRY_ASSIGN(const ir::ValueId condition, call.tensor(0));
  TRY_ASSIGN(ir::ValueId x, call.tensor(1));
  TRY_ASSIGN(ir::ValueId y, call.tensor(2));
  const auto dtype = promoted(call.type(x).dtype, call.type(y).dtype);
  if (!dtype) return unsupported(str("no common element type of ", call.type(x).text(), " and ", call.type(y).text()));
  TRY_ASSIGN(x, call.cast(x, *dtype));
  TRY_ASSIGN(y, call.cast(y, *dtype));
  TRY_ASSIGN(const ir::ValueId mask, call.cast(condition, DType::kBool));
  return call.result(call.select(mask, x, y));
}

/// `value` where the mask is set, in the element type of x.
Result<Item> lower_masked_fill(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId mask, call.tensor(1));
  const DType dtype = call.type(x).dtype;
  if (const auto number = number_of(call.input(2))) {
    TRY_ASSIGN(const ir::ValueId value, call.scalar(*number, dtype));
    return call.result(call.select(mask, value, x));
  }
  TRY_ASSIGN(const ir::ValueId given, call.tensor(2));
  TRY_ASSIGN(const ir::ValueId value, call.cast(given, dtype));
  return call.result(call.select(mask, value, x));
}

Result<Item> lower_masked_select(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId mask, call.tensor(1));
  return call.result(call.emit(std::make_shared<ops::MaskedSelect>(), {x, mask}));
}

Result<Item> lower_non_zero(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  return call.result(call.emit(std::make_shared<ops::NonZero>(), {x}));
}

/// x where positive, weight * x elsewhere; one weight for all or one per channel (dimension 1).
Result<Item> lower_prelu(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId weight, call.tensor(1));
  TRY(call.want_rank(weight, 1, "the weight"));
  if (call.shape(weight)[0] != 1 && call.rank(x) > 1) {
    std::vector<int64_t> dims(call.rank(x), 1);
    dims[1] = call.shape(weight)[0];
    TRY_ASSIGN(weight, call.reshape(weight, std::move(dims)));
  }
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId positive, call.compare(ops::CompareKind::kGreater, x, zero));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, x, weight));
  return call.result(call.select(positive, x, scaled));
}

Result<Item> lower_cast(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const DType to, call.element_type("dst_type", 1));
  return call.result(call.cast(x, to));
}

REGISTER_PRIMITIVE(Select, lower_select);
REGISTER_PRIMITIVE(MaskedFill, lower_masked_fill);
REGISTER_PRIMITIVE(MaskedFillScalar, lower_masked_fill);
REGISTER_PRIMITIVE(MaskedSelect, lower_masked_select);
REGISTER_PRIMITIVE(NonZero, lower_non_zero);
REGISTER_PRIMITIVE(PReLU, lower_prelu);
REGISTER_PRIMITIVE(Cast, lower_cast);

}  // namespace
}  // namespace mindird::mindir

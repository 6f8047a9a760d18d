// MaskedScatter.
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather.h"
#include "ops/reduction/cumulative.h"

namespace mindird::mindir {
namespace {

/// Where the mask is set, the elements of `source` one after another. Which one that is tells the running count of the mask.
Result<Item> lower_masked_scatter(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId mask, call.tensor(1));
  TRY_ASSIGN(ir::ValueId source, call.tensor(2));
  TRY(call.want_known(x));
  TRY(call.want_known(source));
  if (call.shape(source).elements() == 0) return unsupported("an empty source");
  const std::vector<int64_t> dims = call.shape(x).vector();
  TRY_ASSIGN(mask, call.cast(mask, DType::kBool));
  TRY_ASSIGN(mask, call.expand(mask, dims));
  TRY_ASSIGN(source, call.cast(source, call.type(x).dtype));
  TRY_ASSIGN(source, call.reshape(source, {call.shape(source).elements()}));
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(mask, {call.shape(x).elements()}));
  TRY_ASSIGN(const ir::ValueId ones, call.cast(flat, DType::kI64));
  auto count = std::make_shared<ops::Cumulative>();
  count->exclusive = true;
  TRY_ASSIGN(ir::ValueId position, call.emit(std::move(count), {ones}));
  // Where the mask is clear the position is not used; it must lie inside all the same.
  TRY_ASSIGN(position, call.binary(ops::BinaryKind::kMul, position, ones));
  TRY_ASSIGN(const ir::ValueId taken, call.emit(std::make_shared<ops::Gather>(), {source, position}));
  TRY_ASSIGN(const ir::ValueId values, call.reshape(taken, dims));
  return call.result(call.select(mask, values, x));
}

REGISTER_PRIMITIVE(MaskedScatter, lower_masked_scatter);
REGISTER_PRIMITIVE(InplaceMaskedScatter, lower_masked_scatter);

}  // namespace
}  // namespace mindird::mindir

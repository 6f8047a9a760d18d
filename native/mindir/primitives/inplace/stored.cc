#include "mindir/primitives/inplace/stored.h"

#include "base/strings.h"
#include "mindir/primitives/elementwise/kind.h"
#include "ops/movement/expand.h"

namespace mindird::mindir {

Result<Item> stored(Call& call, ir::ValueId value) {
  TRY_ASSIGN(const ir::ValueId target, call.tensor(0));
  const TensorType& type = call.type(target);
  if (call.shape(value) != type.shape) return invalid_model(str("writes ", call.type(value).text(), " into ", type.text()));
  if (kind_of(call.type(value).dtype) > kind_of(type.dtype)) return unsupported(str("writes ", call.type(value).text(), " into ", type.text()));
  return call.result(call.cast(value, type.dtype));
}

Result<Item> filled(Call& call, ir::ValueId value) {
  TRY_ASSIGN(const ir::ValueId target, call.tensor(0));
  const TensorType type = call.type(target);
  TRY(call.want_known(target));
  TRY_ASSIGN(const ir::ValueId converted, call.cast(value, type.dtype));
  if (call.shape(converted) == type.shape) return Item(Computed{converted});
  auto op = std::make_shared<ops::Expand>();
  op->shape = type.shape.vector();
  return call.result(call.emit(std::move(op), {converted}));
}

}  // namespace mindird::mindir

// Pooling to a given output size; -1 keeps the size of the input.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/pooling/adaptive_pool.h"

namespace mindird::mindir {
namespace {

Result<ir::ValueId> adaptive_pool(Call& call, ops::AdaptivePoolKind kind, size_t size_position) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(std::vector<int64_t> size, call.integers("output_size", size_position));
  if (size.size() == 1) size.push_back(size[0]);
  const size_t rank = call.rank(x);
  if (size.size() != 2 || rank < 3 || rank > 4) {
    return invalid_model(str("output_size has ", size.size(), " values and the input is ", call.type(x).text(), ", want 2 values and rank 3 or 4"));
  }
  for (size_t i = 0; i < 2; ++i) {
    if (size[i] == -1) size[i] = call.shape(x)[rank - 2 + i];
  }
  auto op = std::make_shared<ops::AdaptivePool>();
  op->kind = kind;
  op->size = std::move(size);
  return call.emit(std::move(op), {x});
}

Result<Item> lower_average(Call& call) {
  return call.result(adaptive_pool(call, ops::AdaptivePoolKind::kAverage, kAttributeOnly));
}

Result<Item> lower_maximum(Call& call) {
  TRY_ASSIGN(const ir::ValueId y, adaptive_pool(call, ops::AdaptivePoolKind::kMax, 1));
  return make_tuple({Item(Computed{y}), Item(Unavailable{"the positions of the maxima are not provided"})});
}

REGISTER_PRIMITIVE(AdaptiveAvgPool2D, lower_average);
REGISTER_PRIMITIVE(AdaptiveMaxPool2D, lower_maximum);

}  // namespace
}  // namespace mindird::mindir

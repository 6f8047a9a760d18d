// Pooling to a given output size; -1 keeps the size of the input.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/pooling/adaptive_pool.h"
#include "ops/pooling/adaptive_pool_positions.h"

namespace mindird::mindir {
namespace {

struct Adaptive {
  ir::ValueId x = 0;
  std::vector<int64_t> size;
};

/// `n` spatial dimensions; one number stands for all of them, -1 for the size of the input.
Result<Adaptive> arguments(Call& call, size_t n, size_t size_position) {
  Adaptive out;
  TRY_ASSIGN(out.x, call.tensor(0));
  TRY(call.want_known(out.x));
  TRY_ASSIGN(out.size, call.integers("output_size", size_position));
  if (out.size.size() == 1) out.size.assign(n, out.size[0]);
  const size_t rank = call.rank(out.x);
  if (out.size.size() != n || rank < n + 1 || rank > n + 2) {
    return invalid_model(str("output_size has ", out.size.size(), " values and the input is ", call.type(out.x).text(), ", want ", n, " values and rank ",
                             n + 1, " or ", n + 2));
  }
  for (size_t i = 0; i < n; ++i) {
    if (out.size[i] == -1) out.size[i] = call.shape(out.x)[rank - n + i];
  }
  return out;
}

Result<ir::ValueId> pooled(Call& call, const Adaptive& arguments, ops::AdaptivePoolKind kind) {
  auto op = std::make_shared<ops::AdaptivePool>();
  op->kind = kind;
  op->size = arguments.size;
  return call.emit(std::move(op), {arguments.x});
}

LowerFunction adaptive_average(size_t n) {
  return [n](Call& call) -> Result<Item> {
    TRY_ASSIGN(const Adaptive adaptive, arguments(call, n, kAttributeOnly));
    return call.result(pooled(call, adaptive, ops::AdaptivePoolKind::kAverage));
  };
}

/// Maxima and their positions. Before 2.0 `return_indices` says whether there are positions; without them the result is no tuple.
LowerFunction maximum(size_t n) {
  return [n](Call& call) -> Result<Item> {
    TRY_ASSIGN(const Adaptive adaptive, arguments(call, n, 1));
    TRY_ASSIGN(const ir::ValueId y, pooled(call, adaptive, ops::AdaptivePoolKind::kMax));
    bool positions = true;
    if (call.version().before(2, 0)) {
      TRY_ASSIGN(positions, call.flag("return_indices", kAttributeOnly));
    }
    if (!positions) return Item(Computed{y});
    auto op = std::make_shared<ops::AdaptivePoolPositions>();
    op->size = adaptive.size;
    op->index_type = call.declared_type(1, DType::kI64);
    TRY_ASSIGN(const ir::ValueId index, call.emit(std::move(op), {adaptive.x}));
    return make_tuple({Item(Computed{y}), Item(Computed{index})});
  };
}

REGISTER_PRIMITIVE(AdaptiveAvgPool3D, adaptive_average(3));
REGISTER_PRIMITIVE(AdaptiveMaxPool3D, maximum(3));
REGISTER_PRIMITIVE(AdaptiveAvgPool2D, adaptive_average(2));
REGISTER_PRIMITIVE(AdaptiveMaxPool2D, maximum(2));

}  // namespace
}  // namespace mindird::mindir

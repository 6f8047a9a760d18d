// PSROIPooling: averages over the cells of a grid on regions of images, each cell from a channel of its own.
#include "mindir/primitives/primitive.h"
#include "ops/pooling/region_pool.h"

namespace mindird::mindir {
namespace {

/// Images [N,C,H,W] and regions [B,5,R]: [B*R, output_dim, group_size, group_size].
Result<Item> lower_psroi_pooling(Call& call) {
  TRY_ASSIGN(const ir::ValueId images, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId regions, call.tensor(1));
  auto op = std::make_shared<ops::RegionPool>();
  TRY_ASSIGN(op->scale, call.number("spatial_scale", kAttributeOnly));
  TRY_ASSIGN(op->grid, call.integer("group_size", kAttributeOnly));
  TRY_ASSIGN(op->depth, call.integer("output_dim", kAttributeOnly));
  return call.result(call.emit(std::move(op), {images, regions}));
}

REGISTER_PRIMITIVE(PSROIPooling, lower_psroi_pooling);

}  // namespace
}  // namespace mindird::mindir

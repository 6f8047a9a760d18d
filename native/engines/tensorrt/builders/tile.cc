#include "ops/tile.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// A slice beyond the end that begins anew there.
Status build(NodeBuilder& b) {
  const Shape& to = b.output_type().shape;
  trt::ITensor* x = b.input(0);
  trt::ISliceLayer* layer = x ? b.network().addSlice(*x, trt_filled(to.rank(), 0), trt_dims(to), trt_filled(to.rank(), 1)) : nullptr;
  if (layer) layer->setMode(trt::SampleMode::kWRAP);
  return b.finish(layer);
}

REGISTER_BUILDER(Tile, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

#include "ops/movement/tile.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// A slice beyond the end that begins anew there.
Status build(NodeBuilder& b) {
  const Shape& to = b.output_type().shape;
  trt::ISliceLayer* layer = b.slice(b.input(0), trt_filled(to.rank(), 0), to, trt_filled(to.rank(), 1));
  if (layer) layer->setMode(trt::SampleMode::kWRAP);
  return b.finish(layer);
}

REGISTER_BUILDER(Tile, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

#include "ops/indexing/gather_elements.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  trt::ITensor* x = b.input(0);
  trt::ITensor* indices = b.input(1);
  trt::IGatherLayer* layer = x && indices ? b.network().addGatherV2(*x, *indices, trt::GatherMode::kELEMENT) : nullptr;
  if (layer) layer->setGatherAxis(static_cast<int32_t>(*normalize_axis(b.op<ops::GatherElements>().axis, b.rank(0))));
  return b.finish(layer);
}

REGISTER_BUILDER(GatherElements, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

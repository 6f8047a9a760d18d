#include "ops/indexing/gather_nd.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  trt::ITensor* x = b.input(0);
  trt::ITensor* indices = b.input(1);
  return b.finish(x && indices ? b.output_of(b.network().addGatherV2(*x, *indices, trt::GatherMode::kND)) : nullptr);
}

REGISTER_BUILDER(GatherNd, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

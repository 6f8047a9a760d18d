#include "ops/movement/concat.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  std::vector<trt::ITensor*> inputs;
  for (size_t i = 0; i < b.inputs(); ++i) {
    inputs.push_back(b.input(i));
    if (!inputs.back()) return b.finish(inputs.back());
  }
  trt::IConcatenationLayer* layer = b.network().addConcatenation(inputs.data(), static_cast<int32_t>(inputs.size()));
  if (layer) layer->setAxis(static_cast<int32_t>(*normalize_axis(b.op<ops::Concat>().axis, b.rank(0))));
  return b.finish(layer);
}

REGISTER_BUILDER(Concat, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

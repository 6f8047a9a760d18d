#include "ops/movement/slice.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Slice>();
  return b.finish(b.slice(b.input(0), trt_dims(op.begin), Shape(op.size), trt_dims(op.stride)));
}

REGISTER_BUILDER(Slice, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

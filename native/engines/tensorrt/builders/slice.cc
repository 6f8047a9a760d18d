#include "ops/slice.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Slice>();
  trt::ITensor* x = b.input(0);
  return b.finish(x ? b.output_of(b.network().addSlice(*x, trt_dims(op.begin), trt_dims(op.size), trt_dims(op.stride))) : x);
}

REGISTER_BUILDER(Slice, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

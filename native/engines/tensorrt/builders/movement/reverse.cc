#include "ops/movement/reverse.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  const Shape& shape = b.type(0).shape;
  trt::Dims start = trt_filled(shape.rank(), 0);
  trt::Dims stride = trt_filled(shape.rank(), 1);
  for (int64_t axis : b.op<ops::Reverse>().axes) {
    const size_t d = *normalize_axis(axis, shape.rank());
    if (b.grows(shape[d])) return unsupported("the end of a dim that grows with the batch is not known");
    start.d[d] = shape[d] - 1;
    stride.d[d] = -1;
  }
  return b.finish(b.slice(b.input(0), start, shape, stride));
}

REGISTER_BUILDER(Reverse, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

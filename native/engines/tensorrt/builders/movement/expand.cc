#include "ops/movement/expand.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// A slice that stays in place along the dims to be repeated.
Status build(NodeBuilder& b) {
  const Shape& to = b.output_type().shape;
  const size_t missing = to.rank() - b.rank(0);
  trt::Dims stride = trt_filled(to.rank(), 0);
  for (size_t d = missing; d < to.rank(); ++d) stride.d[d] = b.type(0).shape[d - missing] == 1 ? 0 : 1;
  trt::ITensor* x = b.input_of_rank(0, to.rank());
  return b.finish(b.slice(x, trt_filled(to.rank(), 0), to, stride));
}

REGISTER_BUILDER(Expand, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

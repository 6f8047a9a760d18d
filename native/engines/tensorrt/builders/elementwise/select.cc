#include "ops/elementwise/select.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  const size_t rank = b.output_type().shape.rank();
  trt::ITensor* condition = b.input_of_rank(0, rank);
  trt::ITensor* x = b.input_of_rank(1, rank);
  trt::ITensor* y = b.input_of_rank(2, rank);
  return b.finish(b.select(condition, x, y));
}

REGISTER_BUILDER(Select, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

#include "ops/indexing/one_hot.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// Compares the indices with 0, 1, 2, … along the new dim, so that an index outside gives a row of off values, which TensorRT's own layer does
/// not promise.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::OneHot>();
  const Shape& to = b.output_type().shape;
  const size_t axis = *normalize_axis(op.axis, to.rank());
  std::vector<int64_t> numbers(static_cast<size_t>(op.depth));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int64_t>(i);
  std::vector<int64_t> number_dims(to.rank(), 1);
  number_dims[axis] = op.depth;
  std::vector<int64_t> index_dims = to.vector();
  index_dims[axis] = 1;
  trt::ITensor* indices = b.reshape(b.input(0), Shape(std::move(index_dims)));
  trt::ITensor* hit = b.binary(indices, b.integers(numbers, Shape(std::move(number_dims)), b.type(0).dtype), trt::ElementWiseOperation::kEQUAL);
  const Shape one(std::vector<int64_t>(to.rank(), 1));
  trt::ITensor* on = b.reshape(b.input(1), one);
  trt::ITensor* off = b.reshape(b.input(2), one);
  return b.finish(b.select(hit, on, off));
}

REGISTER_BUILDER(OneHot, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

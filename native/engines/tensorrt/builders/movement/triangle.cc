#include "ops/movement/triangle.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// Zeros are chosen by a mask rather than multiplied in, so that infinities do not become NaN.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Triangle>();
  const Shape& shape = b.type(0).shape;
  const size_t rank = shape.rank();
  std::vector<int64_t> dims(rank, 1);
  dims[rank - 2] = shape[rank - 2];
  dims[rank - 1] = shape[rank - 1];
  std::vector<std::byte> mask;
  for (int64_t row = 0; row < shape[rank - 2]; ++row) {
    for (int64_t column = 0; column < shape[rank - 1]; ++column) {
      const bool kept = op.upper ? column - row >= op.diagonal : column - row <= op.diagonal;
      mask.push_back(static_cast<std::byte>(kept ? 1 : 0));
    }
  }
  trt::ITensor* kept = b.constant_tensor({DType::kBool, Shape(std::move(dims))}, std::move(mask));
  trt::ITensor* x = b.input(0);
  trt::ITensor* zero = b.scalar(0, b.type(0).dtype, rank);
  return b.finish(b.select(kept, x, zero));
}

REGISTER_BUILDER(Triangle, {.build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

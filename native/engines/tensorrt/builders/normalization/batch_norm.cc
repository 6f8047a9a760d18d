#include "ops/normalization/batch_norm.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using Operation = trt::ElementWiseOperation;

/// (x - mean) / sqrt(variance + epsilon) * scale + bias, as it stands: the passes have folded every one they could.
Status build(NodeBuilder& b) {
  const Shape& shape = b.type(0).shape;
  const DType dtype = b.type(0).dtype;
  std::vector<int64_t> dims(shape.rank(), 1);
  dims[1] = shape[1];
  const auto parameter = [&](size_t i) {
    trt::ITensor* t = b.reshape(b.input(i), Shape(dims));
    return t && b.type(i).dtype != dtype ? b.cast(t, dtype) : t;
  };
  trt::ITensor* epsilon = b.scalar(b.op<ops::BatchNorm>().epsilon, dtype, shape.rank());
  trt::ITensor* deviation = b.unary(b.binary(parameter(4), epsilon, Operation::kSUM), trt::UnaryOperation::kSQRT);
  trt::ITensor* normal = b.binary(b.binary(b.input(0), parameter(3), Operation::kSUB), deviation, Operation::kDIV);
  return b.finish(b.binary(b.binary(normal, parameter(1), Operation::kPROD), parameter(2), Operation::kSUM));
}

REGISTER_BUILDER(BatchNorm, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

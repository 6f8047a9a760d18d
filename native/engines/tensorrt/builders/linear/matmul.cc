#include "ops/linear/matmul.h"

#include <algorithm>

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::MatMul>();
  const size_t rank = std::max(b.rank(0), b.rank(1));
  trt::ITensor* x = b.input_of_rank(0, rank);
  trt::ITensor* y = b.input_of_rank(1, rank);
  if (!x || !y) return b.finish(x ? y : x);
  const auto form = [](bool transposed) { return transposed ? trt::MatrixOperation::kTRANSPOSE : trt::MatrixOperation::kNONE; };
  trt::ITensor* product = b.output_of(b.network().addMatrixMultiply(*x, form(op.transpose_a), *y, form(op.transpose_b)));
  if (b.inputs() > 2) product = b.binary(product, b.input_of_rank(2, rank), trt::ElementWiseOperation::kSUM);
  return b.finish(product);
}

REGISTER_BUILDER(MatMul, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

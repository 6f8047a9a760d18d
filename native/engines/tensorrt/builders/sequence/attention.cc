#include "ops/sequence/attention.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// softmax((q * scale) k^T + mask) v in the layers TensorRT recognises as attention. The scale comes first, since f16 may not hold q k^T without it.
Status build(NodeBuilder& b) {
  using Form = trt::MatrixOperation;
  const size_t rank = b.output_type().shape.rank();
  trt::ITensor* q = b.input_of_rank(0, rank);
  trt::ITensor* k = b.input_of_rank(1, rank);
  trt::ITensor* v = b.input_of_rank(2, rank);
  if (!q || !k || !v) return b.finish(static_cast<trt::ITensor*>(nullptr));
  q = b.binary(q, b.scalar(b.op<ops::Attention>().scale, b.type(0).dtype, rank), trt::ElementWiseOperation::kPROD);
  trt::ITensor* scores = q ? b.output_of(b.network().addMatrixMultiply(*q, Form::kNONE, *k, Form::kTRANSPOSE)) : nullptr;
  if (b.inputs() > 3) scores = b.binary(scores, b.input_of_rank(3, rank), trt::ElementWiseOperation::kSUM);
  trt::ISoftMaxLayer* softmax = scores ? b.network().addSoftMax(*scores) : nullptr;
  if (!softmax) return b.finish(softmax);
  softmax->setAxes(1U << (rank - 1));
  trt::ITensor* weights = b.output_of(softmax);
  return b.finish(b.output_of(b.network().addMatrixMultiply(*weights, Form::kNONE, *v, Form::kNONE)));
}

REGISTER_BUILDER(Attention, {.supports = floating_input, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

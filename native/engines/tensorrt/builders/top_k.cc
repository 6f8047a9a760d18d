#include "ops/top_k.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (static_cast<const ops::TopK&>(*node.op).k > 3840) return Verdict::refuse("k is above 3840");
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::TopK>();
  // Vectors have a second dim here: the layer wants two.
  const bool vector = b.rank(0) == 1;
  trt::ITensor* x = b.input_of_rank(0, vector ? 2 : b.rank(0));
  const auto axis = static_cast<uint32_t>(vector ? 1 : *normalize_axis(op.axis, b.rank(0)));
  const auto kind = op.largest ? trt::TopKOperation::kMAX : trt::TopKOperation::kMIN;
  trt::ITopKLayer* layer = x ? b.network().addTopK(*x, kind, static_cast<int32_t>(op.k), 1U << axis) : nullptr;
  if (!layer) return b.finish(layer);
  for (int32_t i = 0; i < 2; ++i) {
    trt::ITensor* y = b.output_of(layer, i);
    b.set_output(static_cast<size_t>(i), vector ? b.reshape(y, b.output_type(static_cast<size_t>(i)).shape) : y);
  }
  return {};
}

REGISTER_BUILDER(TopK, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

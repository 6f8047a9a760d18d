#include "ops/sort.h"

#include "base/strings.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

/// The most elements TopK puts in order.
constexpr int64_t kMost = 3840;

int64_t axis_size(const ir::Graph& graph, const ir::Node& node) {
  const Shape& shape = graph.type(node.inputs[0]).shape;
  return shape[*normalize_axis(static_cast<const ops::Sort&>(*node.op).axis, shape.rank())];
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (graph.type(node.inputs[0]).shape.rank() == 0) return Verdict::refuse("a scalar");
  const int64_t size = axis_size(graph, node);
  if (size > kMost) return Verdict::refuse(str(size, " elements, TensorRT sorts at most ", kMost));
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

/// The best k of k are all of them in order.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Sort>();
  const bool vector = b.rank(0) == 1;
  trt::ITensor* x = b.input_of_rank(0, vector ? 2 : b.rank(0));
  const auto axis = static_cast<uint32_t>(vector ? 1 : *normalize_axis(op.axis, b.rank(0)));
  const auto kind = op.descending ? trt::TopKOperation::kMAX : trt::TopKOperation::kMIN;
  const auto k = static_cast<int32_t>(axis_size(b.graph(), b.node()));
  trt::ITopKLayer* layer = x ? b.network().addTopK(*x, kind, k, 1U << axis) : nullptr;
  if (!layer) return b.finish(layer);
  for (int32_t i = 0; i < 2; ++i) {
    trt::ITensor* y = b.output_of(layer, i);
    b.set_output(static_cast<size_t>(i), vector ? b.reshape(y, b.output_type(static_cast<size_t>(i)).shape) : y);
  }
  return {};
}

REGISTER_BUILDER(Sort, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

#include "engines/tensorrt/best_of.h"

namespace mindird::engines::tensorrt {

Verdict takes_axis(const ir::Graph& graph, const ir::Node& node, int64_t axis) {
  const size_t rank = graph.type(node.inputs[0]).shape.rank();
  if (rank <= 4 || *normalize_axis(axis, rank) + 4 >= rank) return Verdict::accept();
  return Verdict::refuse("an axis in front of the last four, which TensorRT does not order along");
}

Status build_best_of(NodeBuilder& b, int64_t axis, bool largest, int64_t k) {
  // Vectors have a second dim here: the layer wants two.
  const bool vector = b.rank(0) == 1;
  trt::ITensor* x = b.input_of_rank(0, vector ? 2 : b.rank(0));
  const auto dim = static_cast<uint32_t>(vector ? 1 : *normalize_axis(axis, b.rank(0)));
  const auto kind = largest ? trt::TopKOperation::kMAX : trt::TopKOperation::kMIN;
  trt::ITopKLayer* layer = x ? b.network().addTopK(*x, kind, static_cast<int32_t>(k), 1U << dim) : nullptr;
  if (!layer) return b.finish(layer);
  for (int32_t i = 0; i < 2; ++i) {
    trt::ITensor* y = b.output_of(layer, i);
    b.set_output(static_cast<size_t>(i), vector ? b.reshape(y, b.output_type(static_cast<size_t>(i)).shape) : y);
  }
  return {};
}

}  // namespace mindird::engines::tensorrt

#include "ops/ordering/arg_reduce.h"

#include "engines/tensorrt/best_of.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (Verdict axis = takes_axis(graph, node, static_cast<const ops::ArgReduce&>(*node.op).axis); !axis.yes) return axis;
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

/// The indices of the best one.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::ArgReduce>();
  const bool vector = b.rank(0) == 1;
  trt::ITensor* x = b.input_of_rank(0, vector ? 2 : b.rank(0));
  const auto axis = static_cast<uint32_t>(vector ? 1 : *normalize_axis(op.axis, b.rank(0)));
  const auto kind = op.kind == ops::ArgReduceKind::kMax ? trt::TopKOperation::kMAX : trt::TopKOperation::kMIN;
  trt::ITensor* index = x ? b.output_of(b.network().addTopK(*x, kind, 1, 1U << axis), 1) : nullptr;
  if (index && op.index_type != DType::kI32) index = b.cast(index, op.index_type);
  return b.finish(b.reshape(index, b.output_type().shape));
}

REGISTER_BUILDER(ArgReduce, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

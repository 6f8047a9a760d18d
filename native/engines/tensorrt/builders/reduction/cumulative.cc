#include "ops/reduction/cumulative.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  if (static_cast<const ops::Cumulative&>(*node.op).kind != ops::CumulativeKind::kSum) return Verdict::refuse("TensorRT has running sums alone");
  if (library_version() < 100800) return Verdict::refuse("running sums need TensorRT 10.8");
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32, DType::kI64});
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Cumulative>();
  trt::ITensor* x = b.input(0);
  trt::ITensor* axis = b.scalar(static_cast<double>(*normalize_axis(op.axis, b.rank(0))), DType::kI32, 0);
  return b.finish(x && axis ? b.output_of(b.network().addCumulative(*x, *axis, trt::CumulativeOperation::kSUM, op.exclusive, op.reverse)) : nullptr);
}

REGISTER_BUILDER(Cumulative, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

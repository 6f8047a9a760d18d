#include "ops/reduction/reduce.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::ReduceKind;

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto kind = static_cast<const ops::Reduce&>(*node.op).kind;
  if (kind == ReduceKind::kAll || kind == ReduceKind::kAny) return Verdict::accept();
  if (kind == ReduceKind::kMean) return floating_input(graph, node);
  return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32});
}

trt::ReduceOperation operation(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kMean: return trt::ReduceOperation::kAVG;
    case ReduceKind::kMax:
    case ReduceKind::kAny: return trt::ReduceOperation::kMAX;
    case ReduceKind::kMin:
    case ReduceKind::kAll: return trt::ReduceOperation::kMIN;
    case ReduceKind::kProd: return trt::ReduceOperation::kPROD;
    default: return trt::ReduceOperation::kSUM;
  }
}

/// Of bool there is no reduction: all and any are the smallest and the largest of 0 and 1.
Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Reduce>();
  const bool logical = b.type(0).dtype == DType::kBool;
  trt::ITensor* x = b.input(0);
  if (!x || op.axes.empty()) return b.finish(x ? b.output_of(b.network().addIdentity(*x)) : x);
  uint32_t axes = 0;
  for (int64_t axis : op.axes) axes |= 1U << static_cast<uint32_t>(axis);
  if (logical) x = b.cast(x, DType::kI32);
  trt::ITensor* y = x ? b.output_of(b.network().addReduce(*x, operation(op.kind), axes, op.keep_dims)) : nullptr;
  return b.finish(logical ? b.cast(y, DType::kBool) : y);
}

REGISTER_BUILDER(Reduce, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

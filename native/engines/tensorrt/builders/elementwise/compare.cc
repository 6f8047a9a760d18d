#include "ops/elementwise/compare.h"

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::CompareKind;
using Operation = trt::ElementWiseOperation;

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto kind = static_cast<const ops::Compare&>(*node.op).kind;
  const bool equality = kind == CompareKind::kEqual || kind == CompareKind::kNotEqual;
  if (graph.type(node.inputs[0]).dtype == DType::kBool && !equality) return Verdict::refuse("the order of bool");
  return Verdict::accept();
}

/// Only three comparisons exist; "or equal" is two of them, which also keeps NaN out.
Status build(NodeBuilder& b) {
  const size_t rank = b.output_type().shape.rank();
  trt::ITensor* x = b.input_of_rank(0, rank);
  trt::ITensor* y = b.input_of_rank(1, rank);
  const auto no = [&](trt::ITensor* t) { return b.unary(t, trt::UnaryOperation::kNOT); };
  const bool logical = b.type(0).dtype == DType::kBool;
  const auto equal = [&] { return logical ? no(b.binary(x, y, Operation::kXOR)) : b.binary(x, y, Operation::kEQUAL); };
  switch (b.op<ops::Compare>().kind) {
    case CompareKind::kEqual: return b.finish(equal());
    case CompareKind::kNotEqual: return b.finish(no(equal()));
    case CompareKind::kLess: return b.finish(b.binary(x, y, Operation::kLESS));
    case CompareKind::kGreater: return b.finish(b.binary(x, y, Operation::kGREATER));
    case CompareKind::kLessEqual: return b.finish(b.binary(b.binary(x, y, Operation::kLESS), equal(), Operation::kOR));
    case CompareKind::kGreaterEqual: return b.finish(b.binary(b.binary(x, y, Operation::kGREATER), equal(), Operation::kOR));
  }
  return internal_error("unknown comparison");
}

REGISTER_BUILDER(Compare, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

#include "ops/binary.h"

#include <algorithm>
#include <map>

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::BinaryKind;
using Operation = trt::ElementWiseOperation;

const std::map<BinaryKind, Operation>& operations() {
  static const std::map<BinaryKind, Operation> table = {
      {BinaryKind::kAdd, Operation::kSUM},     {BinaryKind::kSub, Operation::kSUB},     {BinaryKind::kMul, Operation::kPROD},
      {BinaryKind::kDiv, Operation::kDIV},     {BinaryKind::kFloorDiv, Operation::kFLOOR_DIV}, {BinaryKind::kPow, Operation::kPOW},
      {BinaryKind::kMaximum, Operation::kMAX}, {BinaryKind::kMinimum, Operation::kMIN}, {BinaryKind::kLogicalAnd, Operation::kAND},
      {BinaryKind::kLogicalOr, Operation::kOR}, {BinaryKind::kLogicalXor, Operation::kXOR}};
  return table;
}

/// No zero among the divisors, and no -1, which has no answer for the most negative number.
bool divides_safely(const Constant& divisor) {
  const auto all = [](auto values) { return std::none_of(values.begin(), values.end(), [](auto v) { return v == 0 || v == -1; }); };
  if (divisor.type().dtype == DType::kI32) return all(divisor.as<int32_t>());
  return divisor.type().dtype == DType::kI64 && all(divisor.as<int64_t>());
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto kind = static_cast<const ops::Binary&>(*node.op).kind;
  switch (kind) {
    case BinaryKind::kAtan2: return Verdict::refuse("TensorRT has no atan2");
    case BinaryKind::kDiv:
    case BinaryKind::kFloorDiv:
    case BinaryKind::kFloorMod:
    case BinaryKind::kTruncMod:
    case BinaryKind::kPow: {
      const Constant* divisor = kind == BinaryKind::kPow ? nullptr : graph.value(node.inputs[1]).constant.get();
      if (divisor && divides_safely(*divisor)) return Verdict::accept();
      Verdict verdict = floating_input(graph, node);
      if (!verdict.yes) verdict.why += ": TensorRT does not say what integers divided by zero give";
      return verdict;
    }
    default: return Verdict::accept();
  }
}

/// x - y * quotient, with the quotient rounded down or towards zero.
trt::ITensor* remainder(NodeBuilder& b, trt::ITensor* x, trt::ITensor* y, bool down) {
  trt::ITensor* quotient = b.binary(x, y, down ? Operation::kFLOOR_DIV : Operation::kDIV);
  // Quotients of integers are rounded towards zero already.
  if (!down && b.type(0).dtype != DType::kI32 && b.type(0).dtype != DType::kI64) {
    trt::ITensor* magnitude = b.unary(b.unary(quotient, trt::UnaryOperation::kABS), trt::UnaryOperation::kFLOOR);
    quotient = b.binary(b.unary(quotient, trt::UnaryOperation::kSIGN), magnitude, Operation::kPROD);
  }
  return b.binary(x, b.binary(y, quotient, Operation::kPROD), Operation::kSUB);
}

Status build(NodeBuilder& b) {
  const BinaryKind kind = b.op<ops::Binary>().kind;
  const size_t rank = b.output_type().shape.rank();
  trt::ITensor* x = b.input_of_rank(0, rank);
  trt::ITensor* y = b.input_of_rank(1, rank);
  if (const auto it = operations().find(kind); it != operations().end()) return b.finish(b.binary(x, y, it->second));
  if (kind == BinaryKind::kSquaredDifference) {
    trt::ITensor* difference = b.binary(x, y, Operation::kSUB);
    return b.finish(b.binary(difference, difference, Operation::kPROD));
  }
  return b.finish(remainder(b, x, y, kind == BinaryKind::kFloorMod));
}

REGISTER_BUILDER(Binary, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

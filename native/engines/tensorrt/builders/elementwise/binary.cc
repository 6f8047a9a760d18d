#include "ops/elementwise/binary.h"

#include <map>

#include "engines/tensorrt/builders.h"
#include "engines/tensorrt/builders/elementwise/atan2.h"
#include "engines/tensorrt/builders/elementwise/integer_division.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::BinaryKind;
using Operation = trt::ElementWiseOperation;

const std::map<BinaryKind, Operation>& operations() {
  static const std::map<BinaryKind, Operation> table = {{BinaryKind::kAdd, Operation::kSUM},
                                                        {BinaryKind::kSub, Operation::kSUB},
                                                        {BinaryKind::kMul, Operation::kPROD},
                                                        {BinaryKind::kDiv, Operation::kDIV},
                                                        {BinaryKind::kFloorDiv, Operation::kFLOOR_DIV},
                                                        {BinaryKind::kPow, Operation::kPOW},
                                                        {BinaryKind::kMaximum, Operation::kMAX},
                                                        {BinaryKind::kMinimum, Operation::kMIN},
                                                        {BinaryKind::kLogicalAnd, Operation::kAND},
                                                        {BinaryKind::kLogicalOr, Operation::kOR},
                                                        {BinaryKind::kLogicalXor, Operation::kXOR}};
  return table;
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const BinaryKind kind = static_cast<const ops::Binary&>(*node.op).kind;
  if (kind >= BinaryKind::kBitAnd && kind <= BinaryKind::kShiftRight) return Verdict::refuse("TensorRT has no operations on bits and no common divisors");
  if (kind == BinaryKind::kPow && is_integer(graph.type(node.inputs[0]).dtype))
    return Verdict::refuse("TensorRT does not say how it raises integers to a power");
  return Verdict::accept();
}

/// x - y * quotient, with the quotient rounded down or towards zero.
trt::ITensor* remainder(NodeBuilder& b, trt::ITensor* x, trt::ITensor* y, bool down) {
  trt::ITensor* quotient = b.binary(x, y, down ? Operation::kFLOOR_DIV : Operation::kDIV);
  if (!down) {
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
  if (is_division(kind) && is_integer(b.type(0).dtype)) return b.finish(divide_integers(b, x, y, rank));
  if (const auto it = operations().find(kind); it != operations().end()) return b.finish(b.binary(x, y, it->second));
  if (kind == BinaryKind::kAtan2) return b.finish(atan2(b, x, y, rank));
  if (kind == BinaryKind::kSquaredDifference) {
    trt::ITensor* difference = b.binary(x, y, Operation::kSUB);
    return b.finish(b.binary(difference, difference, Operation::kPROD));
  }
  return b.finish(remainder(b, x, y, kind == BinaryKind::kFloorMod));
}

REGISTER_BUILDER(Binary, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

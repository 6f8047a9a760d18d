// Arithmetic with constants that is simpler, to the bit (but for the sign of zero):
//
//   x * 1, x / 1, x + 0, x - 0, pow(x, 1)     x
//   x * x, pow(x, 2)                          square(x)
//   pow(x, -1), 1 / x                         reciprocal(x)
//   x / c, c a power of two                   x * (1 / c)
//   (x + a) + b, (x * a) * b                  x + (a + b), x * (a * b)
//   abs, relu, floor, … twice                 once
//   neg(neg(x)), not(not(x))                  x
//
// Constants are joined only where that is exact: integers, and powers of two that both enlarge or both shrink.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "passes/constants.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

bool power_of_two(double v) {
  int exponent = 0;
  return std::isfinite(v) && v != 0 && std::abs(std::frexp(v, &exponent)) == 0.5;
}

/// A reciprocal stays exact only while it is a normal number of the type.
bool exact_reciprocal(double c, DType dtype) {
  const double limit = dtype == DType::kF16 ? 0x1p14 : 0x1p126;
  return power_of_two(c) && std::abs(c) <= limit && std::abs(c) >= 1 / limit;
}

Result<bool> replace_by(ir::Graph& graph, ir::NodeId id, ir::OpPtr op, std::vector<ir::ValueId> inputs) {
  const std::string origin = graph.node(id).origin;
  TRY_ASSIGN(const ir::ValueId simpler, graph.add(std::move(op), std::move(inputs), origin));
  replace(graph, graph.node(id).outputs[0], simpler);
  return true;
}

bool is_neutral(BinaryKind kind, double c) {
  switch (kind) {
    case BinaryKind::kAdd:
    case BinaryKind::kSub: return c == 0;
    case BinaryKind::kMul:
    case BinaryKind::kDiv:
    case BinaryKind::kPow: return c == 1;
    default: return false;
  }
}

/// x (kind) c with the constant on the right.
Result<bool> with_constant(ir::Graph& graph, ir::NodeId id, PassContext& context, BinaryKind kind, ir::ValueId x, double c) {
  const ir::ValueId y = graph.node(id).outputs[0];
  const TensorType type = graph.type(x);
  if (is_neutral(kind, c)) {
    replace(graph, y, x);
    return true;
  }
  if (!is_floating(type.dtype)) return false;
  if (kind == BinaryKind::kPow && c == 2) return replace_by(graph, id, unary_op(UnaryKind::kSquare), {x});
  if (kind == BinaryKind::kPow && c == -1) return replace_by(graph, id, unary_op(UnaryKind::kReciprocal), {x});
  if (kind == BinaryKind::kDiv && exact_reciprocal(c, type.dtype)) {
    auto constant = make_floats({type.dtype, Shape{}}, std::array{1 / c});
    if (!constant.ok()) return false;
    return replace_by(graph, id, binary_op(BinaryKind::kMul), {x, graph.add_constant(context.share(*constant))});
  }
  return false;
}

/// The constant operand of a sum or product as {its value, the other operand}.
struct ConstantOperand {
  ir::ValueId constant;
  ir::ValueId other;
};
std::optional<ConstantOperand> constant_operand(const ir::Graph& graph, const ir::Node& node) {
  if (graph.is_constant(node.inputs[1])) return ConstantOperand{node.inputs[1], node.inputs[0]};
  if (graph.is_constant(node.inputs[0])) return ConstantOperand{node.inputs[0], node.inputs[1]};
  return std::nullopt;
}

bool may_join(const ir::Graph& graph, BinaryKind kind, ir::ValueId a, ir::ValueId b) {
  if (is_integer(graph.type(a).dtype)) return kind == BinaryKind::kAdd || kind == BinaryKind::kMul;
  if (kind != BinaryKind::kMul) return false;
  const auto x = uniform_value(graph, a);
  const auto y = uniform_value(graph, b);
  if (!x || !y || !power_of_two(*x) || !power_of_two(*y)) return false;
  return (std::abs(*x) >= 1) == (std::abs(*y) >= 1);
}

/// (x op a) op b becomes x op (a op b); the pass that folds constants does the inner part.
Result<bool> join_constants(ir::Graph& graph, ir::NodeId id, BinaryKind kind) {
  const ir::Node node = graph.node(id);
  const auto outer = constant_operand(graph, node);
  if (!outer) return false;
  const auto* below = produced_by<ops::Binary>(graph, outer->other);
  if (!below || below->kind != kind || !graph.single_use(outer->other)) return false;
  const auto inner = constant_operand(graph, producer(graph, outer->other));
  if (!inner || graph.is_constant(inner->other) || !may_join(graph, kind, outer->constant, inner->constant)) return false;
  TRY_ASSIGN(const ir::ValueId joined, graph.add(node.op, {inner->constant, outer->constant}, node.origin));
  if (!graph.type(joined).shape.known()) return false;
  return replace_by(graph, id, node.op, {inner->other, joined});
}

Result<bool> simplify_binary(ir::Graph& graph, ir::NodeId id, PassContext& context) {
  const ir::Node& node = graph.node(id);
  const BinaryKind kind = static_cast<const ops::Binary&>(*node.op).kind;
  const ir::ValueId left = node.inputs[0];
  const ir::ValueId right = node.inputs[1];
  if (kind == BinaryKind::kMul && left == right && graph.type(left).dtype != DType::kBool) {
    return replace_by(graph, id, unary_op(UnaryKind::kSquare), {left});
  }
  const TensorType& out = graph.type(node.outputs[0]);
  if (const auto c = uniform_value(graph, right); c && graph.type(left) == out) {
    TRY_ASSIGN(const bool changed, with_constant(graph, id, context, kind, left, *c));
    if (changed) return true;
  }
  const auto c = uniform_value(graph, left);
  if (c && graph.type(right) == out) {
    if (kind == BinaryKind::kAdd || kind == BinaryKind::kMul) {
      TRY_ASSIGN(const bool changed, with_constant(graph, id, context, kind, right, *c));
      if (changed) return true;
    }
    if (kind == BinaryKind::kDiv && *c == 1 && is_floating(out.dtype)) return replace_by(graph, id, unary_op(UnaryKind::kReciprocal), {right});
  }
  return join_constants(graph, id, kind);
}

Result<bool> simplify_unary(ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const auto kind = static_cast<const ops::Unary&>(*node.op).kind;
  const auto* inner = produced_by<ops::Unary>(graph, node.inputs[0]);
  if (!inner || inner->kind != kind) return false;
  static constexpr std::array kOnce = {UnaryKind::kAbs,   UnaryKind::kSign, UnaryKind::kFloor, UnaryKind::kCeil,
                                       UnaryKind::kRound, UnaryKind::kRelu, UnaryKind::kRelu6};
  static constexpr std::array kUndone = {UnaryKind::kNeg, UnaryKind::kLogicalNot};
  if (std::find(kOnce.begin(), kOnce.end(), kind) != kOnce.end()) {
    replace(graph, node.outputs[0], node.inputs[0]);
    return true;
  }
  if (std::find(kUndone.begin(), kUndone.end(), kind) != kUndone.end()) {
    const ir::ValueId x = producer(graph, node.inputs[0]).inputs[0];
    replace(graph, node.outputs[0], x);
    return true;
  }
  return false;
}

}  // namespace

Result<bool> simplify_arithmetic(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Op& op = *graph.node(id).op;
    if (ir::op_cast<ops::Binary>(op)) return simplify_binary(graph, id, context);
    if (ir::op_cast<ops::Unary>(op)) return simplify_unary(graph, id);
    return false;
  });
}

}  // namespace mindird::passes

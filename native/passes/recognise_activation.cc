// Activations that exporters decompose:
//
//   max(x, c · x), 0 < c ≤ 1              leaky_relu
//   min(max(x, low), high)                clip            low ≤ high
//   relu6(x + 3) / 6                      hard_sigmoid
//   x · relu6(x + 3) / 6                  hard_swish      also with clip(·, 0, 6), and x · hard_sigmoid(x)
//   1 / (1 + exp(-x))                     sigmoid
//   x · sigmoid(x)                        silu
//   x · tanh(softplus(x))                 mish
//
//   x ──┬── Mul 0.1 ──┐
//       └─────────────┴ Maximum ── y        becomes        x ── Unary{leaky_relu, 0.1} ── y
#include <optional>

#include "passes/constants.h"
#include "passes/gate.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

/// What a value is: one Unary of x.
struct Activation {
  ir::ValueId x;
  UnaryKind kind;
  double alpha = 0;
  double beta = 0;
};

std::optional<Activation> leaky_relu(const ir::Graph& graph, ir::ValueId y) {
  const auto sides = operands(graph, y, BinaryKind::kMaximum);
  if (!sides) return std::nullopt;
  for (const auto& [scaled, x] : {*sides, Operands{sides->right, sides->left}}) {
    const auto steps = levels(graph, scaled);
    if (steps.size() < 2 || steps[1].base != x || steps[1].shift != 0) continue;
    // Division by a constant rounds otherwise than multiplication by its reciprocal: only a product has the slope as it
    // is.
    if (!operands(graph, scaled, BinaryKind::kMul) || !(steps[1].scale > 0) || steps[1].scale > 1) continue;
    return Activation{x, UnaryKind::kLeakyRelu, steps[1].scale};
  }
  return std::nullopt;
}

struct Limit {
  ir::ValueId x;
  double value;
};
std::optional<Limit> limit(const ir::Graph& graph, ir::ValueId y, BinaryKind kind) {
  const auto sides = operands(graph, y, kind);
  if (!sides) return std::nullopt;
  for (const auto& [x, constant] : {*sides, Operands{sides->right, sides->left}}) {
    const auto value = uniform_value(graph, constant);
    if (value && graph.type(x) == graph.type(y)) return Limit{x, *value};
  }
  return std::nullopt;
}

std::optional<Activation> clip(const ir::Graph& graph, ir::ValueId y) {
  if (!is_floating(graph.type(y).dtype)) return std::nullopt;
  for (const bool low_first : {true, false}) {
    const auto outer = limit(graph, y, low_first ? BinaryKind::kMinimum : BinaryKind::kMaximum);
    const auto inner = outer ? limit(graph, outer->x, low_first ? BinaryKind::kMaximum : BinaryKind::kMinimum) : std::nullopt;
    if (!inner) continue;
    const double low = low_first ? inner->value : outer->value;
    const double high = low_first ? outer->value : inner->value;
    if (low <= high) return Activation{inner->x, UnaryKind::kClip, low, high};
  }
  return std::nullopt;
}

/// relu6, or clip to the same limits.
bool limits_to_six(UnaryKind kind, double alpha, double beta) { return kind == UnaryKind::kRelu6 || (kind == UnaryKind::kClip && alpha == 0 && beta == 6); }

std::optional<Activation> hard_sigmoid(const ir::Graph& graph, ir::ValueId y) {
  const DType dtype = graph.type(y).dtype;
  for (const Level& level : levels(graph, y)) {
    // clip lets NaN through and relu6 does not: only the latter is hard_sigmoid on every input.
    const auto argument = operand(graph, level.base, UnaryKind::kRelu6);
    if (!argument || level.shift != 0 || !nearly(level.scale, 1.0 / 6, dtype)) continue;
    for (const Level& x : levels(graph, *argument)) {
      if (x.scale == 1 && x.shift == 3) return Activation{x.base, UnaryKind::kHardSigmoid};
    }
  }
  return std::nullopt;
}

std::optional<Activation> sigmoid(const ir::Graph& graph, ir::ValueId y) {
  const auto denominator = operand(graph, y, UnaryKind::kReciprocal);
  if (!denominator) return std::nullopt;
  for (const Level& level : levels(graph, *denominator)) {
    const auto exponent = operand(graph, level.base, UnaryKind::kExp);
    if (!exponent || level.scale != 1 || level.shift != 1) continue;
    for (const Level& x : levels(graph, *exponent)) {
      if (x.scale == -1 && x.shift == 0) return Activation{x.base, UnaryKind::kSigmoid};
    }
  }
  return std::nullopt;
}

std::optional<Activation> mish(const ir::Graph& graph, ir::ValueId y) {
  const auto sides = operands(graph, y, BinaryKind::kMul);
  if (!sides) return std::nullopt;
  for (const auto& [x, gate] : {*sides, Operands{sides->right, sides->left}}) {
    const auto argument = operand(graph, gate, UnaryKind::kTanh);
    if (argument && operand(graph, *argument, UnaryKind::kSoftplus) == x) return Activation{x, UnaryKind::kMish};
  }
  return std::nullopt;
}

std::optional<Activation> gated(const ir::Graph& graph, ir::ValueId y) {
  const DType dtype = graph.type(y).dtype;
  for (const Gate& gate : gates(graph, y)) {
    const bool plain = gate.scale == 1 && gate.shift == 0 && gate.inner == Polynomial{0, 1, 0, 0};
    if (plain && gate.function == UnaryKind::kSigmoid) return Activation{gate.x, UnaryKind::kSilu};
    if (plain && gate.function == UnaryKind::kHardSigmoid) return Activation{gate.x, UnaryKind::kHardSwish};
    const bool sixth = nearly(gate.scale, 1.0 / 6, dtype) && gate.shift == 0 && gate.inner == Polynomial{3, 1, 0, 0};
    if (sixth && limits_to_six(gate.function, gate.alpha, gate.beta)) return Activation{gate.x, UnaryKind::kHardSwish};
  }
  return std::nullopt;
}

std::optional<Activation> recognise(const ir::Graph& graph, ir::ValueId y) {
  for (const auto form : {leaky_relu, clip, hard_sigmoid, sigmoid, mish, gated}) {
    const auto found = form(graph, y);
    if (found && graph.type(found->x) == graph.type(y)) return found;
  }
  return std::nullopt;
}

}  // namespace

Result<bool> recognise_activation(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const ir::Node& node = graph.node(id);
    if (node.op->id() != ops::Binary::kId && node.op->id() != ops::Unary::kId) return false;
    const ir::ValueId y = node.outputs[0];
    if (!is_floating(graph.type(y).dtype)) return false;
    const auto found = recognise(graph, y);
    if (!found) return false;
    const std::string origin = node.origin;
    TRY_ASSIGN(const ir::ValueId whole, graph.add(unary_op(found->kind, found->alpha, found->beta), {found->x}, origin));
    replace(graph, y, whole);
    return true;
  });
}

}  // namespace mindird::passes

// Activations in terms of simpler ones:
//
//   gelu_erf      x · ½ · (1 + erf(x / √2))
//   gelu_tanh     x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
//   fast_gelu     x · sigmoid(1.702 · x)
//   silu          x · sigmoid(x)
//   mish          x · tanh(softplus(x))
//   hard_sigmoid  min(max(x + 3, 0), 6) / 6
//   hard_swish    x · min(max(x + 3, 0), 6) / 6
//   leaky_relu    max(x, alpha · x), or x > 0 ? x : alpha · x where alpha is not in (0, 1]
//   clip          min(max(x, alpha), beta)
#include <algorithm>
#include <array>
#include <memory>
#include <numbers>

#include "ops/elementwise/compare.h"
#include "ops/elementwise/select.h"
#include "passes/parts.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

ir::ValueId gelu_erf(Parts& p, ir::ValueId x, const ops::Unary&) {
  const ir::ValueId gate = p.unary(UnaryKind::kErf, p.binary(BinaryKind::kMul, x, std::numbers::sqrt2 / 2));
  return p.binary(BinaryKind::kMul, p.binary(BinaryKind::kMul, x, 0.5), p.binary(BinaryKind::kAdd, gate, 1.0));
}

ir::ValueId gelu_tanh(Parts& p, ir::ValueId x, const ops::Unary&) {
  const ir::ValueId factor = p.binary(BinaryKind::kAdd, p.binary(BinaryKind::kMul, p.unary(UnaryKind::kSquare, x), 0.044715), 1.0);
  const ir::ValueId inner = p.binary(BinaryKind::kMul, p.binary(BinaryKind::kMul, x, 0.7978845608028654), factor);
  const ir::ValueId gate = p.binary(BinaryKind::kAdd, p.unary(UnaryKind::kTanh, inner), 1.0);
  return p.binary(BinaryKind::kMul, p.binary(BinaryKind::kMul, x, 0.5), gate);
}

ir::ValueId fast_gelu(Parts& p, ir::ValueId x, const ops::Unary&) {
  return p.binary(BinaryKind::kMul, x, p.unary(UnaryKind::kSigmoid, p.binary(BinaryKind::kMul, x, 1.702)));
}

ir::ValueId silu(Parts& p, ir::ValueId x, const ops::Unary&) { return p.binary(BinaryKind::kMul, x, p.unary(UnaryKind::kSigmoid, x)); }

ir::ValueId mish(Parts& p, ir::ValueId x, const ops::Unary&) {
  return p.binary(BinaryKind::kMul, x, p.unary(UnaryKind::kTanh, p.unary(UnaryKind::kSoftplus, x)));
}

ir::ValueId hard_sigmoid(Parts& p, ir::ValueId x, const ops::Unary&) {
  return p.binary(BinaryKind::kDiv, p.binary(BinaryKind::kMinimum, p.binary(BinaryKind::kMaximum, p.binary(BinaryKind::kAdd, x, 3.0), 0.0), 6.0), 6.0);
}

ir::ValueId hard_swish(Parts& p, ir::ValueId x, const ops::Unary& op) { return p.binary(BinaryKind::kMul, x, hard_sigmoid(p, x, op)); }

ir::ValueId leaky_relu(Parts& p, ir::ValueId x, const ops::Unary& op) {
  const ir::ValueId scaled = p.binary(BinaryKind::kMul, x, op.alpha);
  if (op.alpha > 0 && op.alpha <= 1) return p.binary(BinaryKind::kMaximum, x, scaled);
  auto greater = std::make_shared<ops::Compare>();
  greater->kind = ops::CompareKind::kGreater;
  const ir::ValueId positive = p.add(std::move(greater), {x, p.constant(0, x)});
  return p.add(std::make_shared<ops::Select>(), {positive, x, scaled});
}

// A limit the type cannot hold (infinity among them) limits nothing.
ir::ValueId clip(Parts& p, ir::ValueId x, const ops::Unary& op) {
  if (p.fits(op.alpha, x)) x = p.binary(BinaryKind::kMaximum, x, op.alpha);
  return p.fits(op.beta, x) ? p.binary(BinaryKind::kMinimum, x, op.beta) : x;
}

struct UnaryRule {
  UnaryKind kind;
  ir::ValueId (*parts)(Parts&, ir::ValueId, const ops::Unary&);
};
constexpr std::array kUnaryRules = {
    UnaryRule{UnaryKind::kGeluErf, gelu_erf},
    UnaryRule{UnaryKind::kGeluTanh, gelu_tanh},
    UnaryRule{UnaryKind::kFastGelu, fast_gelu},
    UnaryRule{UnaryKind::kSilu, silu},
    UnaryRule{UnaryKind::kMish, mish},
    UnaryRule{UnaryKind::kHardSigmoid, hard_sigmoid},
    UnaryRule{UnaryKind::kHardSwish, hard_swish},
    UnaryRule{UnaryKind::kLeakyRelu, leaky_relu},
    UnaryRule{UnaryKind::kClip, clip},
};

}  // namespace

Result<bool> decompose_unary(ir::Graph& graph, ir::NodeId id) {
  const ir::Node node = graph.node(id);
  const auto& op = static_cast<const ops::Unary&>(*node.op);
  const auto rule = std::find_if(kUnaryRules.begin(), kUnaryRules.end(), [&](const UnaryRule& r) { return r.kind == op.kind; });
  if (rule == kUnaryRules.end() || !is_floating(graph.type(node.inputs[0]).dtype)) return false;
  Parts parts(graph, id);
  return parts.finish(rule->parts(parts, node.inputs[0], op));
}

}  // namespace mindird::passes

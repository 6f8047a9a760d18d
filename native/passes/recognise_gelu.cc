// GELU in the forms exporters write it, in any order of the factors:
//
//   x · ½ · (1 + erf(x / √2))                          gelu_erf       also with erfc(-x / √2)
//   x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))   gelu_tanh
//   x · sigmoid(1.702 · x)                             fast_gelu
//
//        ┌── Div √2 ── Erf ── Add 1 ──┐
//   x ───┴────────────────────────────┴ Mul ── Mul ½ ── y        becomes        x ── Unary{gelu_erf} ── y
#include <array>
#include <numbers>

#include "passes/gate.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

using ops::UnaryKind;

struct Form {
  UnaryKind function;
  double scale;
  double shift;
  Polynomial inner;
  UnaryKind result;
};

constexpr double kTanhFactor = 0.7978845608028654;  // √(2/π)

constexpr std::array kForms = {
    Form{UnaryKind::kErf, 0.5, 0.5, {0, std::numbers::sqrt2 / 2, 0, 0}, UnaryKind::kGeluErf},
    Form{UnaryKind::kErfc, 0.5, 0, {0, -std::numbers::sqrt2 / 2, 0, 0}, UnaryKind::kGeluErf},
    Form{UnaryKind::kTanh, 0.5, 0.5, {0, kTanhFactor, 0, kTanhFactor * 0.044715}, UnaryKind::kGeluTanh},
    Form{UnaryKind::kSigmoid, 1, 0, {0, 1.702, 0, 0}, UnaryKind::kFastGelu},
};

}  // namespace

Result<bool> recognise_gelu(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    if (graph.node(id).op->id() != ops::Binary::kId) return false;
    const ir::ValueId y = graph.node(id).outputs[0];
    const DType dtype = graph.type(y).dtype;
    for (const Gate& gate : gates(graph, y)) {
      for (const Form& form : kForms) {
        if (gate.function != form.function || !nearly(gate.scale, form.scale, dtype) || !nearly(gate.shift, form.shift, dtype)) continue;
        if (!nearly(gate.inner, form.inner, dtype)) continue;
        const std::string origin = graph.node(id).origin;
        TRY_ASSIGN(const ir::ValueId gelu, graph.add(unary_op(form.result), {gate.x}, origin));
        replace(graph, y, gelu);
        return true;
      }
    }
    return false;
  });
}

}  // namespace mindird::passes

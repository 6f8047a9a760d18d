// A sum with one constant per output channel after Conv, ConvTranspose or MatMul becomes its bias input.
//
//   Conv(x, w) ── Add(·, c[1,C,1,1])        becomes        Conv(x, w, c')
#include <algorithm>

#include "passes/affine.h"
#include "passes/linear.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {

Result<bool> fold_bias(ir::Graph& graph, PassContext& context) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    for (const ir::ValueId x : std::vector<ir::ValueId>(graph.node(id).inputs)) {
      const ir::NodeId linear = graph.value(x).producer;
      if (linear == ir::kNone || !is_linear(graph, linear) || !graph.single_use(x) || !known_types(graph, linear)) continue;
      const auto affine = affine_of(graph, id, *output_channel_axis(graph, linear));
      if (!affine || affine->x != x || !std::all_of(affine->scale.begin(), affine->scale.end(), [](double s) { return s == 1; })) continue;
      TRY_ASSIGN(const auto y, absorb_after(graph, context, linear, {affine->scale, affine->shift}));
      if (!y) continue;
      replace(graph, graph.node(id).outputs[0], *y);
      return true;
    }
    return false;
  });
}

}  // namespace mindird::passes

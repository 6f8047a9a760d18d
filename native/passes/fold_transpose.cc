// A Transpose of the last two dims before a MatMul becomes the MatMul's own transposition, which costs nothing.
//
//   b ── Transpose(…, n, n-1) ── MatMul(a, ·)        becomes        MatMul(a, b) {transpose_b}
#include "ops/linear/matmul.h"
#include "ops/movement/transpose.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace mindird::passes {
namespace {

bool swaps_last_two(const ops::Transpose& op) {
  const size_t rank = op.perm.size();
  if (rank < 2) return false;
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (op.perm[i] != static_cast<int64_t>(i)) return false;
  }
  return op.perm[rank - 2] == static_cast<int64_t>(rank - 1);
}

}  // namespace

Result<bool> fold_transpose(ir::Graph& graph, PassContext&) {
  return visit_nodes(graph, [&](ir::NodeId id) -> Result<bool> {
    const auto* matmul = ir::op_cast<ops::MatMul>(*graph.node(id).op);
    if (!matmul) return false;
    auto op = std::make_shared<ops::MatMul>(*matmul);
    std::vector<ir::ValueId> inputs = graph.node(id).inputs;
    bool changed = false;
    for (const size_t side : {0U, 1U}) {
      const auto* transpose = produced_by<ops::Transpose>(graph, inputs[side]);
      if (!transpose || !swaps_last_two(*transpose)) continue;
      bool& flag = side == 0 ? op->transpose_a : op->transpose_b;
      flag = !flag;
      inputs[side] = producer(graph, inputs[side]).inputs[0];
      changed = true;
    }
    if (!changed) return false;
    const std::string origin = graph.node(id).origin;
    TRY_ASSIGN(const ir::ValueId product, graph.add(std::move(op), std::move(inputs), origin));
    replace(graph, graph.node(id).outputs[0], product);
    return true;
  });
}

}  // namespace mindird::passes

#include "engines/cpu/passes/engine_passes.h"

namespace mindird::engines::cpu {

Status run_passes(ir::Graph& graph) {
  // Each rewrite removes a node or moves one towards the inputs, so a few rounds reach the end; the cap is for safety.
  constexpr int kMostRounds = 32;
  for (int round = 0; round < kMostRounds; ++round) {
    TRY_ASSIGN(const bool sunk, sink_reshape(graph));
    TRY_ASSIGN(const bool folded, fold_bias(graph));
    TRY_ASSIGN(const bool weights, fold_quantised(graph));
    TRY_ASSIGN(const bool hoisted, hoist_quantize(graph));
    if (!sunk && !folded && !weights && !hoisted) break;
  }
  graph.erase_dead();
  return {};
}

}  // namespace mindird::engines::cpu

// Waves: engine colours to partitions, acyclic by construction.
//
//   ready nodes, one queue per engine          wave 0 (cpu)   wave 1 (gpu)   wave 2 (cpu)
//   repeat: take an engine that has ready         a ──────────► c ───┐
//   nodes; consume all of its nodes,              b              …   ├──────► e
//   including those that become ready;            └───────────► d ───┘
//   that is one wave and one partition.
//
// Waves are totally ordered and a node is taken only after its producers, so an edge stays inside a wave or goes from an earlier wave to a
// later one: the graph of partitions has no cycle. The choice of the first engine matters, so every engine is tried first and the
// order with the fewest waves is kept. An EngineNode is a whole partition already, and an operator that holds graphs becomes one: the wave it lies in is cut
// before and after it.
#include <algorithm>
#include <queue>

#include "ops/embedded/engine_node.h"
#include "partition/partition.h"

namespace mindird::partition {
namespace {

using Queue = std::priority_queue<ir::NodeId, std::vector<ir::NodeId>, std::greater<>>;

/// After one engine is exhausted, the engine with the most ready nodes is next: it leaves the fewest behind.
size_t next_engine(const std::vector<Queue>& ready) {
  size_t best = 0;
  for (size_t i = 1; i < ready.size(); ++i) {
    if (ready[i].size() > ready[best].size()) best = i;
  }
  return best;
}

std::vector<Partition> waves_from(const ir::Graph& graph, std::span<const uint32_t> engine_of, size_t engines, size_t first) {
  std::vector<Queue> ready(engines);
  std::vector<uint32_t> waiting(graph.node_count(), 0);
  for (ir::NodeId n = 0; n < graph.node_count(); ++n) {
    if (!graph.node(n).alive) continue;
    for (ir::ValueId v : graph.node(n).inputs) waiting[n] += graph.value(v).producer != ir::kNone ? 1U : 0U;
    if (waiting[n] == 0) ready[engine_of[n]].push(n);
  }
  std::vector<Partition> out;
  size_t engine = ready[first].empty() ? next_engine(ready) : first;
  while (!ready[engine].empty()) {
    Partition wave{engine, {}};
    while (!ready[engine].empty()) {
      const ir::NodeId n = ready[engine].top();
      ready[engine].pop();
      wave.nodes.push_back(n);
      for (ir::ValueId v : graph.node(n).outputs) {
        for (const ir::Use& use : graph.value(v).uses) {
          if (--waiting[use.node] == 0) ready[engine_of[use.node]].push(use.node);
        }
      }
    }
    out.push_back(std::move(wave));
    engine = next_engine(ready);
  }
  return out;
}

std::vector<Partition> isolate_whole_partitions(const ir::Graph& graph, std::vector<Partition> waves) {
  std::vector<Partition> out;
  for (const Partition& wave : waves) {
    bool join = false;
    for (ir::NodeId n : wave.nodes) {
      const ir::Op& op = *graph.node(n).op;
      const bool alone = ir::op_cast<ops::EngineNode>(op) != nullptr || !op.bodies().empty();
      if (alone || !join) out.push_back({wave.engine, {}});
      out.back().nodes.push_back(n);
      join = !alone;
    }
  }
  return out;
}

}  // namespace

std::vector<Partition> make_waves(const ir::Graph& graph, std::span<const uint32_t> engine_of) {
  size_t engines = 1;
  for (ir::NodeId n = 0; n < graph.node_count(); ++n) {
    if (graph.node(n).alive) engines = std::max<size_t>(engines, engine_of[n] + 1U);
  }
  std::vector<Partition> best = waves_from(graph, engine_of, engines, 0);
  for (size_t first = 1; first < engines; ++first) {
    std::vector<Partition> other = waves_from(graph, engine_of, engines, first);
    if (other.size() < best.size()) best = std::move(other);
  }
  return isolate_whole_partitions(graph, std::move(best));
}

}  // namespace mindird::partition

#include "base/strings.h"
#include "partition/partition.h"

namespace mindird::partition {
namespace {

/// Work of a partition and bytes crossing its borders.
struct Balance {
  double work = 0;
  double border_bytes = 0;
};

double bytes_of(const TensorType& type) { return type.shape.known() ? static_cast<double>(type.bytes()) : 0.0; }

Balance weigh(const ir::Graph& graph, const Partition& partition, std::span<const uint32_t> engine_of) {
  Balance balance;
  std::vector<bool> counted(graph.value_count(), false);
  for (ir::NodeId n : partition.nodes) {
    const ir::Node& node = graph.node(n);
    balance.work += node.op->cost(graph.input_types(n), graph.output_types(n));
    for (ir::ValueId v : node.inputs) {
      const ir::Value& value = graph.value(v);
      const bool outside = !value.constant && (value.producer == ir::kNone || engine_of[value.producer] != partition.engine);
      if (outside && !counted[v]) balance.border_bytes += bytes_of(value.type);
      counted[v] = true;
    }
    for (ir::ValueId v : node.outputs) {
      bool outside = graph.is_output(v);
      for (const ir::Use& use : graph.value(v).uses) outside = outside || engine_of[use.node] != partition.engine;
      if (outside) balance.border_bytes += bytes_of(graph.type(v));
    }
  }
  return balance;
}

/// Sends unprofitable partitions to the default engine; true when something changed.
bool shrink(const ir::Graph& graph, double work_per_byte, size_t fallback, Assignment& assignment, std::vector<std::string>& reasons) {
  bool changed = false;
  for (const Partition& p : make_waves(graph, assignment.engine_of)) {
    if (p.engine == fallback) continue;
    const Balance balance = weigh(graph, p, assignment.engine_of);
    if (balance.work >= work_per_byte * balance.border_bytes) continue;
    for (ir::NodeId n : p.nodes) {
      assignment.engine_of[n] = static_cast<uint32_t>(fallback);
      reasons[n] = str("subgraph of ", p.nodes.size(), " nodes has ", balance.work, " operations for ", balance.border_bytes, " border bytes, not worth it");
    }
    changed = true;
  }
  return changed;
}

/// The engine's word, unless it has failed on the node before.
engines::Verdict verdict_of(const ir::Graph& graph, ir::NodeId n, const engines::Engine& engine, size_t position, std::span<const Failed> failed) {
  for (const Failed& f : failed) {
    if (f.engine == position && f.node.names(graph.node(n))) return engines::Verdict::refuse(f.why);
  }
  return engine.supports(graph, n);
}

}  // namespace

Result<Assignment> assign(const ir::Graph& graph, std::span<const engines::Engine* const> engines, const AssignOptions& options) {
  if (engines.empty()) return internal_error("no engine to assign nodes to");
  Assignment out;
  out.engine_of.assign(graph.node_count(), 0);
  for (ir::NodeId n : graph.topological_order()) {
    Decision decision;
    decision.node = n;
    bool taken = false;
    for (size_t e = 0; e < engines.size() && !taken; ++e) {
      engines::Verdict verdict = verdict_of(graph, n, *engines[e], e, options.failed);
      taken = verdict.yes;
      if (taken) {
        decision.engine = e;
      } else {
        decision.refusals.push_back({e, std::move(verdict.why)});
      }
    }
    if (!taken) {
      const ir::Node& node = graph.node(n);
      return unsupported(str("node \"", node.origin, "\" (", node.op->id(), "): no engine takes it: ", decision.refusals.back().why));
    }
    out.engine_of[n] = static_cast<uint32_t>(decision.engine);
    out.decisions.push_back(std::move(decision));
  }
  if (options.work_per_border_byte > 0 && engines.size() > 1) {
    std::vector<std::string> reasons(graph.node_count());
    const size_t fallback = engines.size() - 1;
    while (shrink(graph, options.work_per_border_byte, fallback, out, reasons)) {
    }
    for (Decision& d : out.decisions) {
      if (out.engine_of[d.node] == d.engine) continue;
      d.refusals.push_back({d.engine, reasons[d.node]});
      d.engine = out.engine_of[d.node];
    }
  }
  return out;
}

}  // namespace mindird::partition

// One walk over the nodes with the sizes at hand: no graph is changed and no tensor allocated.
#include "plan/limits.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace mindird::plan {
namespace {

/// Bytes as a number: sizes whose sum does not fit an integer are only compared.
double bytes_of(const TensorType& type) {
  double out = static_cast<double>(dtype_size(type.dtype));
  for (const int64_t dim : type.shape) out *= static_cast<double>(dim);
  return out;
}

/// What the node touches beside constants, which the model's file holds. Values of unknown size count nothing.
double touched_bytes(const ir::Graph& graph, const ir::Node& node) {
  double out = 0;
  const auto add = [&](ir::ValueId v) {
    if (!graph.is_constant(v) && graph.type(v).shape.known()) out += bytes_of(graph.type(v));
  };
  for (const ir::ValueId v : node.inputs) add(v);
  for (const ir::ValueId v : node.outputs) add(v);
  return out;
}

bool known_types(const ir::Types& types) {
  for (const TensorType& t : types) {
    if (!t.shape.known()) return false;
  }
  return true;
}

double work_of(const ir::Graph& graph, ir::NodeId n) {
  const ir::Types inputs = graph.input_types(n);
  const ir::Types outputs = graph.output_types(n);
  return known_types(inputs) && known_types(outputs) ? graph.node(n).op->cost(inputs, outputs) : 0;
}

int64_t mebibytes(double bytes) { return std::llround(std::min(bytes, 0x1p80) / 0x1p20); }

std::string place(const ir::Node& node) { return str("node \"", node.origin, "\" (", node.op->id(), ")"); }

}  // namespace

Status check_limits(const ir::Graph& graph, const Limits& limits) {
  double work = 0;
  for (const ir::NodeId n : graph.topological_order()) {
    const ir::Node& node = graph.node(n);
    const double bytes = touched_bytes(graph, node);
    if (limits.memory > 0 && bytes > static_cast<double>(limits.memory)) {
      return {Code::kTooLarge, str(place(node), ": needs ", mebibytes(bytes), " MiB at once, want at most ", mebibytes(static_cast<double>(limits.memory)),
                                   " (model.max_memory)")};
    }
    work += work_of(graph, n);
    if (limits.work > 0 && !(work <= limits.work)) {
      return {Code::kTooLarge, str(place(node), ": brings one execution above ", std::llround(limits.work / 1e9), " billion multiply-adds (model.max_work)")};
    }
  }
  return {};
}

}  // namespace mindird::plan

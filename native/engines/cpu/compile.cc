#include "engines/cpu/compile.h"

#include <algorithm>

#include "engines/cpu/guard.h"
#include "engines/cpu/passes/passes.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
namespace {

/// Multiply-adds below which waking other threads costs more than they save.
constexpr double kLeastSharedWork = 1e6;

double total_work(const ir::Graph& graph) {
  double work = 0;
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Types in = graph.input_types(n);
    const ir::Types out = graph.output_types(n);
    const auto known = [](const TensorType& t) { return t.shape.known(); };
    if (std::all_of(in.begin(), in.end(), known) && std::all_of(out.begin(), out.end(), known)) work += graph.node(n).op->cost(in, out);
  }
  return work;
}

}  // namespace

Result<std::shared_ptr<const Program>> compile(ir::Graph graph, const BuildOptions& given, Record& record) {
  BuildOptions options = given;
  if (total_work(graph) < kLeastSharedWork) options.threads = 1;
  TRY_ASSIGN(graph, widen_half(std::move(graph)));
  if (options.optimize) TRY(run_passes(graph));
  std::shared_ptr<const Program> program;
  TRY(guarded([&]() -> Status {
    const ComputeScope scope(options.threads);
    TRY_ASSIGN(program, Planner(graph, options, record).run());
    return {};
  }));
  return program;
}

}  // namespace mindird::engines::cpu

#include "engines/cpu/compile.h"

#include "engines/cpu/guard.h"
#include "engines/cpu/passes/passes.h"
#include "engines/cpu/stream.h"

namespace mindird::engines::cpu {
Result<std::shared_ptr<const Program>> compile(ir::Graph graph, const BuildOptions& options, Record& record) {
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

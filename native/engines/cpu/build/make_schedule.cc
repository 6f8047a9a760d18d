#include "engines/cpu/build/make_schedule.h"

#include "engines/cpu/base/onednn_guard.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/passes/engine_passes.h"

namespace mindird::engines::cpu {
Result<std::shared_ptr<const Schedule>> make_schedule(ir::Graph graph, const BuildOptions& options, Record& record) {
  TRY_ASSIGN(graph, widen_half(std::move(graph)));
  if (options.optimize) TRY(run_passes(graph));
  std::shared_ptr<const Schedule> schedule;
  TRY(guard_onednn([&]() -> Status {
    const ComputeScope scope(options.threads);
    TRY(scope.status());
    TRY_ASSIGN(schedule, Planner(graph, options, record).run());
    return {};
  }));
  return schedule;
}

}  // namespace mindird::engines::cpu

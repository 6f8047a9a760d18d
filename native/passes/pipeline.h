// The ordered lists of passes and the driver that runs them to a fixpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "passes/pass.h"

namespace mindird::passes {

/// One run of one pass, for the model report.
struct PassReport {
  std::string stage;
  std::string name;
  int round = 0;  // counted from 1 within the stage
  bool changed = false;
  size_t nodes_before = 0;
  size_t nodes_after = 0;
  int64_t microseconds = 0;
};

struct Stage {
  std::string_view name;
  std::span<const Pass> passes;
};

#ifdef NDEBUG
inline constexpr bool kVerifyEachPass = false;
#else
inline constexpr bool kVerifyEachPass = true;
#endif

struct PipelineOptions {
  /// Checks the graph after every pass; it is checked at the end of every stage in any case.
  bool verify_each = kVerifyEachPass;
  /// Shares constants between the graphs of one model; may be null.
  std::shared_ptr<ConstantStore> constants;
};

/// The stages in the order optimize() runs them: canonicalise, optimise.
std::span<const Stage> stages();

/// Runs one list until no pass changes anything or the iteration cap is reached, and verifies the result.
Result<std::vector<PassReport>> run_stage(const Stage& stage, ir::Graph& graph, PassContext& context, const PipelineOptions& options = {});

/// All stages. Errors name the pass first. The graph keeps its inputs, outputs and results.
Result<std::vector<PassReport>> optimize(ir::Graph& graph, const PipelineOptions& options = {});

}  // namespace mindird::passes

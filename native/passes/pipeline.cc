// Each stage runs its passes in order, again and again, until a whole round changes nothing. The cap on rounds bounds
// the time a graph can take that two passes keep rewriting in turns; stopping there is harmless, since every pass
// leaves a right graph.
#include "passes/pipeline.h"

#include <array>
#include <chrono>

#include "base/strings.h"
#include "passes/passes.h"

namespace mindird::passes {
namespace {

constexpr int kMaxRounds = 12;

constexpr std::array kCanonicalise = {
    Pass{"eliminate_dead", eliminate_dead},
    Pass{"eliminate_identity", eliminate_identity},
    Pass{"merge_views", merge_views},
    Pass{"recognise_dequantize", recognise_dequantize},
    Pass{"simplify_arithmetic", simplify_arithmetic},
    Pass{"fold_constants", fold_constants},
    Pass{"fold_transpose", fold_transpose},
    Pass{"fold_pad", fold_pad},
    Pass{"squeeze_pool", squeeze_pool},
    Pass{"merge_common", merge_common},
};

// What recognises a pattern stands before what would fold parts of it away.
constexpr std::array kOptimise = {
    Pass{"recognise_attention", recognise_attention},
    Pass{"recognise_layer_norm", recognise_layer_norm},
    Pass{"recognise_gelu", recognise_gelu},
    Pass{"recognise_activation", recognise_activation},
    Pass{"fold_batch_norm", fold_batch_norm},
    Pass{"fold_bias", fold_bias},
    Pass{"fold_scale", fold_scale},
    Pass{"merge_views", merge_views},
    Pass{"eliminate_identity", eliminate_identity},
    Pass{"simplify_arithmetic", simplify_arithmetic},
    Pass{"fold_constants", fold_constants},
    Pass{"fold_transpose", fold_transpose},
    Pass{"merge_common", merge_common},
    Pass{"eliminate_dead", eliminate_dead},
};

constexpr std::array kStages = {
    Stage{"canonicalise", kCanonicalise},
    Stage{"optimise", kOptimise},
};

Result<PassReport> run_pass(const Pass& pass, ir::Graph& graph, PassContext& context, bool verify) {
  PassReport report;
  report.name = pass.name;
  report.nodes_before = graph.living_nodes();
  const auto start = std::chrono::steady_clock::now();
  auto changed = pass.run(graph, context);
  if (!changed.ok()) return std::move(changed).status().with(str("pass ", pass.name));
  if (verify && *changed) {
    Status status = graph.verify();
    if (!status.ok()) return std::move(status).with(str("pass ", pass.name));
  }
  const auto taken = std::chrono::steady_clock::now() - start;
  report.changed = *changed;
  report.nodes_after = graph.living_nodes();
  report.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
  return report;
}

}  // namespace

std::span<const Stage> stages() { return kStages; }

Result<std::vector<PassReport>> run_stage(const Stage& stage, ir::Graph& graph, PassContext& context, const PipelineOptions& options) {
  std::vector<PassReport> reports;
  bool changed = true;
  for (int round = 1; changed && round <= kMaxRounds; ++round) {
    changed = false;
    for (const Pass& pass : stage.passes) {
      TRY_ASSIGN(PassReport report, run_pass(pass, graph, context, options.verify_each));
      report.stage = stage.name;
      report.round = round;
      changed = changed || report.changed;
      reports.push_back(std::move(report));
    }
  }
  Status status = graph.verify();
  if (!status.ok()) return std::move(status).with(str("stage ", stage.name));
  return reports;
}

Result<std::vector<PassReport>> optimize(ir::Graph& graph, const PipelineOptions& options) {
  PassContext context;
  context.constants = options.constants;
  std::vector<PassReport> all;
  for (const Stage& stage : stages()) {
    TRY_ASSIGN(std::vector<PassReport> reports, run_stage(stage, graph, context, options));
    std::move(reports.begin(), reports.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace mindird::passes

#include "plan/symbolic_batch.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "plan/batch_match.h"
#include "plan/prepared.h"
#include "plan/engine_nodes.h"

namespace mindird::plan {
namespace {

Status fill(const LowerRows& lower, const CompileOptions& options, SymbolicBatch& batch) {
  if (batch.placeholder == 0) {
    TRY_ASSIGN(const ir::Graph largest, lower(batch.rows.back()));
    batch.placeholder = choose_placeholder(largest, batch.rows);
  }
  TRY_ASSIGN(ir::Graph graph, lower(batch.placeholder));
  Report unused;
  TRY_ASSIGN(Prepared prepared, prepare(std::move(graph), options, unused));
  for (partition::Subgraph& s : prepared.subgraphs) batch.parts.push_back({s.engine, std::make_shared<const ir::Graph>(std::move(s.graph)), {}, {}});
  batch.graph = std::make_shared<const ir::Graph>(in_partition_order(prepared.graph, prepared.waves));
  return {};
}

}  // namespace

std::shared_ptr<SymbolicBatch> make_symbolic_batch(LowerRows lower, std::vector<int64_t> rows, const CompileOptions& options, int64_t placeholder) {
  auto out = std::make_shared<SymbolicBatch>();
  out->rows = std::move(rows);
  out->placeholder = placeholder;
  out->pending = [lower = std::move(lower), options](SymbolicBatch& batch) {
    const Status status = fill(lower, options, batch);
    if (!status.ok()) batch.why = str("at a batch of ", batch.placeholder, ": ", status.message());
  };
  return out;
}

ProfileChoice choose_profiles(const CompileOptions& options, size_t index, size_t count, size_t engine, const ir::Graph& subgraph) {
  options.symbolic->fill();
  const SymbolicBatch& batch = *options.symbolic;
  if (!batch.why.empty()) return {nullptr, batch.why};
  if (batch.parts.size() != count) return {nullptr, str(count, " partitions, ", batch.parts.size(), " at another batch size")};
  const SymbolicBatch::Part& part = batch.parts[index];
  if (part.engine != engine) return {nullptr, "another engine at another batch size"};
  if (!part.failed.empty()) return {nullptr, part.failed};
  if (const auto difference = batch_difference(*part.graph, batch.placeholder, subgraph, options.rows)) return {nullptr, *difference};
  auto profiles = std::make_shared<engines::BatchProfiles>();
  profiles->rows = batch.rows;
  profiles->symbolic = part.graph;
  profiles->placeholder = batch.placeholder;
  return {std::move(profiles), {}};
}

}  // namespace mindird::plan

// An engine for tests of plans: interprets its subgraphs and counts what is asked of it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "engines/traits.h"
#include "plan/execution_plan.h"

namespace mindird::test {

/// Takes every node but those whose operator or origin is `refuses`, and can be cached: its serialised form is a stamp. As "tensorrt" it
/// also loads EngineNodes.
class TestEngine final : public engines::Engine, public engines::EngineTraits {
 public:
  explicit TestEngine(std::string id, std::string refuses = {}) : id_(std::move(id)), refuses_(std::move(refuses)) {}

  std::string_view id() const override { return id_; }
  bool uses_host_threads() const override { return !embeds(); }
  bool embeds() const override { return id_ == "tensorrt"; }
  bool uses_profiles() const override { return profiles; }
  std::string fingerprint() const override { return "test"; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const ir::Graph& graph, ir::NodeId node) const override;
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph graph, const engines::BuildOptions& options) const override;
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph graph, std::span<const std::byte> bytes, const engines::BuildOptions& options) const override;

  /// Not empty: why it does not take EngineNodes.
  std::string refuses_embedded;
  /// build() fails on the nodes of this origin, which supports() took.
  std::string fails_at;
  /// load() fails.
  bool fails_to_load = false;
  /// Builds one executable for all batch sizes.
  bool profiles = false;
  mutable int builds = 0;
  /// Batch sizes that were loaded out of executables for several.
  mutable std::vector<int64_t> loaded_rows;
  mutable int loads = 0;

 private:
  std::string id_;
  std::string refuses_;
};

/// Runs a plan on `inputs` in memory poisoned beforehand, and returns the outputs' floats.
std::vector<std::vector<float>> run_plan(const plan::ExecutionPlan& plan, std::span<const std::vector<float>> inputs);

}  // namespace mindird::test

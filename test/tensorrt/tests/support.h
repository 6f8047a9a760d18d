// Support of the TensorRT tests: the engine on the test libraries, and models run on it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "engines/tensorrt/loader/child_engine.h"
#include "engines/tensorrt/loader/loader.h"
#include "ir/graph.h"
#include "plan/compile.h"
#include "runtime/serve/loaded.h"

namespace mindird::test {

/// Opens the test libraries and returns the engine they carry; a failure ends the process, since nothing could be tested.
const engines::Engine& tensorrt_engine();

/// A builder's process that uses the same libraries and settings.
engines::tensorrt::BuilderOptions good_builder();
/// tensorrt_engine() with builds in a process.
std::unique_ptr<engines::Engine> child_engine(engines::tensorrt::BuilderOptions options = good_builder());

/// Changes what the test libcuda does, e.g. "fail_launch=1"; reset_cuda() makes it well behaved again.
void set_cuda(const char* settings);
void reset_cuda();

/// Bytes of device memory in use.
size_t device_memory_used();

struct PlanRun {
  std::shared_ptr<const plan::ExecutionPlan> plan;
  std::vector<ir::OwnedTensor> outputs;
  nlohmann::json report;
};

/// Compiles with the options, and runs twice, so that the second run goes through a captured graph.
Result<PlanRun> run_plan(ir::Graph graph, const plan::CompileOptions& options, std::span<const Tensor> inputs);

/// Compiles for TensorRT with `reference` for the rest, and runs once.
Result<PlanRun> run_on_tensorrt(ir::Graph graph, std::span<const Tensor> inputs);

/// The digits model of the demo repository on an engine, and on `reference` what that does not take, with one thread.
runtime::LoadOptions digits_options(const std::string& engine = "tensorrt");

/// How many partitions of a report run on an engine.
int partitions_on(const nlohmann::json& report, std::string_view engine);

}  // namespace mindird::test

// Writes a model as a plan file: compiled, with the engines of its TensorRT subgraphs inside.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/plan_file.h"
#include "plan/trt_nodes.h"

namespace mindird::runtime {

struct LoadOptions;

struct EmbedOptions {
  std::string output;
  /// Who writes it, for readers of the file: "mindird 0.1.0".
  std::string creator;
  /// The subgraphs go with the engines, so that a loader without a matching TensorRT can compile them.
  bool bodies = true;
};

/// What the plans of one model leave for a plan file while they are compiled.
struct Collected {
  plan::EngineStore store;
  std::vector<plan::PlanFileGraph> graphs;  // the largest first
  plan::OpenGraph open;
};

/// Compiles as a load with these options would and writes the file. JSON text: sizes, and each TrtNode. UNSUPPORTED, with the first reason, when no
/// subgraph went to TensorRT, and for models that have neither fixed shapes nor a batch, unless options.shapes says them. Call on the builder thread.
Result<std::string> embed(const LoadOptions& options, const EmbedOptions& wanted);

}  // namespace mindird::runtime

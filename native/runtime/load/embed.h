// Writes a model as a plan file: compiled, with the engines of those of its subgraphs that have one a file can hold.
#pragma once

#include <string>

#include "base/status.h"

namespace mindird::runtime {

struct LoadOptions;

struct EmbedOptions {
  std::string output;
  /// Who writes it, for readers of the file: "mindird 0.1.0".
  std::string creator;
  /// The subgraphs go with the engines, so that a loader whose engines take none of them can compile them.
  bool bodies = true;
};

/// Compiles as a load with these options would and writes the file. JSON text: sizes, and each EngineNode. UNSUPPORTED, with the first reason, when no
/// subgraph went to such an engine, and for models that have neither fixed shapes nor a batch, unless options.shapes says them. Call on the builder thread.
Result<std::string> embed(const LoadOptions& options, const EmbedOptions& wanted);

}  // namespace mindird::runtime

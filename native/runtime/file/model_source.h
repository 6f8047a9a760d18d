// What a model is loaded from: a MindIR file, or a plan file, which is recognised by its first bytes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "mindir/module.h"
#include "runtime/file/signature.h"

namespace mindird::runtime {

/// What a plan file decides, where a MindIR file leaves it to configuration.
struct Planned {
  Signature signature;
  std::vector<int64_t> buckets;            // ascending; of a batched model
  std::vector<std::vector<Shape>> shapes;  // there is a plan for each of these sets of input shapes
  std::string precision;                   // as asked for when it was built
  std::vector<std::string> keep_fp32;
  int64_t placeholder = 0;   // batch size of the graph that others are made from; 0: there is none
  std::string why_not_open;  // only then
};

struct ModelSource {
  /// Lowers to the graphs that a plan file holds, and to those of other batch sizes where it has the graph to make them from; other shapes are
  /// INVALID_ARGUMENT.
  std::shared_ptr<const mindir::Module> module;
  /// Set for a plan file: its graphs have been through the passes.
  std::optional<Planned> planned;
};

/// Errors as mindir::read(); the options are for MindIR files.
Result<ModelSource> open_model(const std::string& path, const mindir::ReadOptions& options = {});

/// Whether the source is a plan file whose engines can be loaded as they are, so that nothing has to be built. Looks at its first graph.
bool engines_fit(const ModelSource& source, std::span<const engines::Engine* const> engines);

/// `output_names` as in derive_signature(). `shapes` not empty: the signature of the model with these input shapes alone.
Result<Signature> signature_of(const ModelSource& source, std::span<const std::string> output_names, std::span<const Shape> shapes = {});

}  // namespace mindird::runtime

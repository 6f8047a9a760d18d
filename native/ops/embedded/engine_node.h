// EngineNode: a subgraph together with the engine that was built for it. Its meaning is that of the subgraph, its body; an engine that can run the
// serialised form does so, any other gets the body in its place. The two lie outside of the graph; attributes say which they are.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/op.h"

namespace mindird::ops {

struct EngineNode final : ir::Op {
  /// As plan files, reports and documents call it.
  static constexpr std::string_view kId = "TrtNode";

  /// What a node carries, read when asked for: both may be large, and mostly one of them is needed. Safe to use from several threads.
  class Parts {
   public:
    virtual ~Parts() = default;
    /// What Executable::serialize() gave, its content that of the attribute `engine`; valid as long as this object.
    virtual Result<std::span<const std::byte>> engine() const = 0;
    /// The subgraph, without EngineNodes; inputs and outputs are those of the node, in order. UNSUPPORTED where it was left out.
    virtual Result<std::shared_ptr<const ir::Graph>> body() const = 0;
  };

  std::string engine;  // content hash of the serialised engine
  int64_t engine_bytes = 0;
  std::string body;       // content hash of the subgraph; empty: left out
  int64_t operators = 0;  // in the subgraph
  std::string inputs;     // types: "f32[1,3];i64[1]"
  std::string outputs;
  std::string precision;          // element types the engine computes in: "fp16" or "fp32+fp16"
  std::string made;               // what the engine was built with: "TensorRT 11.2.1, device NVIDIA H200, …"
  std::vector<int64_t> profiles;  // batch sizes the engine serves, ascending; empty: the node's own shapes alone
  int64_t rows = 0;               // the node's batch size among them
  std::string alone;              // why the engine of one batch size serves no other, escaped; empty: it does, or there are no others
  /// Null until the node has been joined with what it carries.
  std::shared_ptr<const Parts> parts;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  /// INVALID_ARGUMENT also where `profiles` and `rows` contradict each other.
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  /// Evaluates the body.
  Status evaluate(const ir::EvalArgs& args) const override;

 private:
  Status check_batches() const;
};

/// The characters of `text` that an attribute can carry; others become '_'.
std::string attribute_safe(std::string_view text);

/// Any text as an attribute can carry it, and back; what attribute_escaped() did not write comes back as it is.
std::string attribute_escaped(std::string_view text);
std::string attribute_unescaped(std::string_view text);

/// "for batches 1, 4, 8", "for this batch size alone: …", or "" where there are no batches.
std::string batches_text(const EngineNode& node);

/// The EngineNode that is all of `graph`, with its inputs and outputs in the same order as the graph's; null for any other graph.
const EngineNode* only_engine_node(const ir::Graph& graph);

}  // namespace mindird::ops

// The reference engine: interprets a graph with the operators' own `evaluate`. Naive; the oracle of the tests.
#include <cstring>

#include "base/strings.h"
#include "engines/holdings.h"
#include "engines/registry.h"

namespace mindird::engines {
namespace {

class ReferenceContext final : public Context {
 public:
  explicit ReferenceContext(const ir::Graph& graph) : graph_(graph) {}

  Status run(const RunArgs& args) override {
    TRY_ASSIGN(auto results, ir::evaluate(graph_, args.inputs));
    for (size_t i = 0; i < results.size(); ++i) {
      const Tensor& result = results[i].tensor;
      if (!args.outputs[i].type.shape.known()) TRY(args.allocate(i, result.type));
      if (!(args.outputs[i].type == result.type)) {
        return internal_error(str("reference: output ", i, " is ", result.type.text(), ", the plan says ", args.outputs[i].type.text()));
      }
      if (result.bytes() > 0) std::memcpy(args.outputs[i].data, result.data, result.bytes());
    }
    return {};
  }

 private:
  const ir::Graph& graph_;
};

class ReferenceExecutable final : public Executable, public Holds {
 public:
  explicit ReferenceExecutable(ir::Graph graph) : graph_(std::move(graph)) {}

  size_t workspace_bytes() const override { return 0; }
  Result<std::unique_ptr<Context>> context(std::span<std::byte>) const override { return std::unique_ptr<Context>(std::make_unique<ReferenceContext>(graph_)); }
  Result<std::vector<std::byte>> serialize() const override { return unsupported("reference: nothing worth caching"); }
  std::vector<std::string> steps() const override {
    std::vector<std::string> out;
    for (ir::NodeId n : graph_.topological_order()) out.push_back(str("evaluate ", graph_.node(n).op->id(), "  # ", graph_.node(n).origin));
    return out;
  }
  size_t constant_bytes() const override {
    size_t total = 0;
    for (ir::ValueId v = 0; v < graph_.value_count(); ++v) total += graph_.is_constant(v) ? graph_.type(v).bytes() : 0;
    return total;
  }
  void hold(Holdings& holdings) const override {
    for (ir::ValueId v = 0; v < graph_.value_count(); ++v) {
      if (graph_.is_constant(v)) holdings.add(Holdings::Kind::kConstants, graph_.value(v).constant->bytes().data(), graph_.type(v).bytes());
    }
  }
  std::vector<std::string> evaluated_nodes() const override {
    std::vector<std::string> out;
    for (ir::NodeId n : graph_.topological_order()) out.push_back(graph_.node(n).origin);
    return out;
  }

 private:
  ir::Graph graph_;
};

class ReferenceEngine final : public Engine {
 public:
  std::string_view id() const override { return "reference"; }
  std::string fingerprint() const override { return "reference-1"; }
  std::string version() const override { return "1"; }
  Verdict supports(const ir::Graph&, ir::NodeId) const override { return Verdict::accept(); }
  Result<std::unique_ptr<Executable>> build(ir::Graph subgraph, const BuildOptions&) const override {
    return std::unique_ptr<Executable>(std::make_unique<ReferenceExecutable>(std::move(subgraph)));
  }
  Result<std::unique_ptr<Executable>> load(ir::Graph, std::span<const std::byte>, const BuildOptions&) const override {
    return unsupported("reference: nothing worth caching");
  }
};

REGISTER_ENGINE(ReferenceEngine);

}  // namespace
}  // namespace mindird::engines

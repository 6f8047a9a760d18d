#include "test/plan_engines.h"

#include "engines/node_failure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/embedded/engine_node.h"

namespace mindird::test {
namespace {

constexpr size_t kStamp = 5;
constexpr size_t kWorkspace = 100;

class TestContext final : public engines::Context {
 public:
  explicit TestContext(const ir::Graph& g) : graph_(g) {}
  Status run(const engines::RunArgs& args) override {
    TRY_ASSIGN(auto results, ir::evaluate(graph_, args.inputs));
    for (size_t i = 0; i < results.size(); ++i) {
      if (!args.outputs[i].type.shape.known()) TRY(args.allocate(i, results[i].tensor.type));
      std::copy_n(results[i].tensor.data, results[i].tensor.bytes(), args.outputs[i].data);
    }
    return {};
  }

 private:
  const ir::Graph& graph_;
};

class TestExecutable final : public engines::Executable {
 public:
  /// The stamp differs between subgraphs of different sizes, as real engines do.
  TestExecutable(ir::Graph g, const engines::BuildOptions& options)
      : graph_(std::move(g)), stamp_(kStamp, static_cast<std::byte>(ir::hash(options.profiles ? *options.profiles->symbolic : graph_).low)) {}
  TestExecutable(ir::Graph g, std::span<const std::byte> stamp) : graph_(std::move(g)), stamp_(stamp.begin(), stamp.end()) {}
  size_t workspace_bytes() const override { return kWorkspace; }
  Result<std::unique_ptr<engines::Context>> context(std::span<std::byte> workspace) const override {
    EXPECT_GE(workspace.size(), kWorkspace);
    return std::unique_ptr<engines::Context>(std::make_unique<TestContext>(graph_));
  }
  Result<std::vector<std::byte>> serialize() const override { return stamp_; }
  std::vector<std::string> steps() const override { return {"interpret"}; }
  size_t constant_bytes() const override { return 0; }
  std::vector<std::pair<std::string, std::string>> details() const override {
    return {{"engine bytes", std::to_string(kStamp)}, {"computes in", "fp32"}, {"maker", "test"}};
  }

 private:
  ir::Graph graph_;
  std::vector<std::byte> stamp_;
};

}  // namespace

engines::Verdict TestEngine::supports(const ir::Graph& graph, ir::NodeId node) const {
  const ir::Node& n = graph.node(node);
  if (ir::op_cast<ops::EngineNode>(*n.op) && !refuses_embedded.empty()) return engines::Verdict::refuse(refuses_embedded);
  if (n.op->id() == refuses_ || n.origin == refuses_) return engines::Verdict::refuse("refused by the test");
  return engines::Verdict::accept();
}

Result<std::unique_ptr<engines::Executable>> TestEngine::build(ir::Graph graph, const engines::BuildOptions& options) const {
  for (ir::NodeId n : graph.topological_order()) {
    if (!fails_at.empty() && graph.node(n).origin == fails_at) return engines::at_node({Code::kEngineFailed, "no layer for it"}, graph.node(n)).with("builder");
  }
  ++builds;
  return std::unique_ptr<engines::Executable>(std::make_unique<TestExecutable>(std::move(graph), options));
}

Result<std::unique_ptr<engines::Executable>> TestEngine::load(ir::Graph graph, std::span<const std::byte> bytes, const engines::BuildOptions& options) const {
  if (fails_to_load) return internal_error("does not load");
  if (bytes.size() != kStamp) return internal_error("not my stamp");
  ++loads;
  if (options.profiles) loaded_rows.push_back(options.rows);
  return std::unique_ptr<engines::Executable>(std::make_unique<TestExecutable>(std::move(graph), bytes));
}

std::vector<std::vector<float>> run_plan(const plan::ExecutionPlan& plan, std::span<const std::vector<float>> inputs) {
  auto arena = Buffer::allocate(plan.arena_bytes());
  auto workspace = Buffer::allocate(plan.workspace_bytes());
  std::fill_n(arena->data(), arena->size(), std::byte{0xff});
  auto context = plan.context(arena->span(), workspace->span());
  EXPECT_TRUE(context.ok());
  for (size_t i = 0; i < inputs.size(); ++i) std::copy(inputs[i].begin(), inputs[i].end(), (*context)->inputs()[i].as<float>().begin());
  const Status status = (*context)->run();
  EXPECT_TRUE(status.ok()) << status.message();
  std::vector<std::vector<float>> out;
  for (const Tensor& t : (*context)->outputs()) out.emplace_back(t.as<float>().begin(), t.as<float>().end());
  return out;
}

}  // namespace mindird::test

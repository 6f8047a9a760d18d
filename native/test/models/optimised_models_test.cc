// What the passes make of models exported by MindSpore: the results stay those of MindSpore, every BatchNorm
// disappears, and decomposed operators are recognised again.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "passes/pipeline.h"
#include "test/mindir_cases.h"
#include "test/passes_support.h"

namespace mindird::passes {
namespace {

const std::string kNetworks = MINDIRD_SOURCE_DIR "/test/networks";
const std::string kOperators = MINDIRD_SOURCE_DIR "/test/ops";

std::vector<test::Case> cases_of(const std::string& folder) {
  auto cases = test::read_index(folder);
  return cases.ok() ? *cases : std::vector<test::Case>();
}

/// How many nodes of each operator a graph has; Unary and Binary by their kind.
std::map<std::string, int> count_operators(const ir::Graph& graph) {
  std::map<std::string, int> out;
  for (const ir::NodeId id : graph.topological_order()) {
    const ir::Op& op = *graph.node(id).op;
    ++out[std::string(op.id())];
    const std::string attributes = ir::print_attributes(op);
    if (attributes.starts_with("{kind=")) ++out[attributes.substr(6, attributes.find_first_of(",}") - 6)];
  }
  return out;
}

class OptimisedNetwork : public testing::TestWithParam<test::Case> {};

TEST_P(OptimisedNetwork, MatchesMindSpore) {
  const Status status =
      test::run_case(kNetworks, GetParam(), [](ir::Graph& graph) { return optimize(graph, {.verify_each = true, .constants = nullptr}).status(); });
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_P(OptimisedNetwork, KeepsNoBatchNorm) {
  const Status status = test::run_case(kNetworks, GetParam(), [](ir::Graph& graph) -> Status {
    TRY(optimize(graph).status());
    auto count = count_operators(graph);
    EXPECT_EQ(count["BatchNorm"], 0);
    // In these networks every BatchNorm follows a convolution, which takes it up whole.
    EXPECT_EQ(count["ChannelAffine"], 0);
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_P(OptimisedNetwork, EveryPassKeepsResults) {
  const Status status = test::run_case(kNetworks, GetParam(), [](ir::Graph& graph) -> Status {
    for (const Pass& pass : every_pass()) {
      const ir::Graph before = graph.clone();
      TRY(run_by_name(pass.name, graph));
      if (ir::hash(before) == ir::hash(graph)) continue;
      SCOPED_TRACE(pass.name);
      expect_same_results(before, graph, 3);
    }
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.message();
}

INSTANTIATE_TEST_SUITE_P(Networks, OptimisedNetwork, testing::ValuesIn(cases_of(kNetworks)), [](const auto& instance) { return instance.param.name; });

TEST(OptimisedModels, BertIsRecognised) {
  const auto cases = cases_of(kNetworks);
  const auto bert = std::find_if(cases.begin(), cases.end(), [](const test::Case& c) { return c.name == "bert_base"; });
  ASSERT_NE(bert, cases.end());
  const Status status = test::run_case(kNetworks, *bert, [](ir::Graph& graph) -> Status {
    TRY(optimize(graph).status());
    auto count = count_operators(graph);
    EXPECT_EQ(count["Attention"], 2);
    EXPECT_EQ(count["LayerNorm"], 5);
    EXPECT_EQ(count["gelu_erf"], 2);
    EXPECT_EQ(count["Softmax"], 0);
    EXPECT_EQ(count["erf"], 0);
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.message();
}

/// One operator an exported case must end up with.
struct Expected {
  std::string name;
  std::string op;
};
class RecognisedCase : public testing::TestWithParam<Expected> {};

TEST_P(RecognisedCase, EndsUpWithTheOperator) {
  test::Case one;
  one.name = GetParam().name;
  one.rtol = 1e-4;
  one.atol = 1e-5;
  const Status status = test::run_case(kOperators, one, [](ir::Graph& graph) -> Status {
    TRY(optimize(graph).status());
    EXPECT_EQ(count_operators(graph)[GetParam().op], 1) << ir::print(graph);
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.message();
}

INSTANTIATE_TEST_SUITE_P(Cases, RecognisedCase,
                         testing::Values(Expected{"act_gelu_erf", "gelu_erf"}, Expected{"act_leaky_relu", "leaky_relu"}, Expected{"act_hardtanh", "clip"},
                                         Expected{"graph_multihead_attention", "Attention"}, Expected{"dynamic_seq_attention", "Attention"},
                                         Expected{"batch_norm_2d", "ChannelAffine"}, Expected{"batch_norm_1d", "ChannelAffine"}),
                         [](const auto& instance) { return instance.param.name; });

TEST(OptimisedModels, AllOperatorCasesStayRight) {
  size_t run = 0;
  for (const test::Case& test : cases_of(kOperators)) {
    // What the importer refuses or gets wrong is told by its own tests.
    if (!test::run_case(kOperators, test).ok()) continue;
    const Status status =
        test::run_case(kOperators, test, [&](ir::Graph& graph) { return optimize(graph, {.verify_each = true, .constants = nullptr}).status(); });
    ++run;
    EXPECT_TRUE(status.ok()) << test.name << ": " << status.message();
  }
  EXPECT_GE(run, 361U);
}

}  // namespace
}  // namespace mindird::passes

// Models exported by MindSpore on the TensorRT engine (no GPU: the test libraries evaluate the networks): results, and what stays outside TensorRT.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "support.h"
#include "test/mindir_cases.h"

namespace mindird::test {
namespace {

const std::string kNetworks = MINDIRD_SOURCE_DIR "/test/networks";
const std::string kOperators = MINDIRD_SOURCE_DIR "/test/ops";

std::vector<Case> cases_of(const std::string& folder) {
  auto cases = read_index(folder);
  return cases.ok() ? *cases : std::vector<Case>();
}

/// Compiles, runs and hands the report out.
RunGraph on_tensorrt(nlohmann::json& report) {
  return [&report](ir::Graph graph, std::span<const Tensor> inputs) -> Result<std::vector<ir::OwnedTensor>> {
    TRY_ASSIGN(PlanRun run, run_on_tensorrt(std::move(graph), inputs));
    report = std::move(run.report);
    return std::move(run.outputs);
  };
}

class TensorrtNetwork : public testing::TestWithParam<Case> {};

TEST_P(TensorrtNetwork, IsOneSubgraphAndMatchesMindSpore) {
  nlohmann::json report;
  const Status status = run_case_on(kNetworks, GetParam(), on_tensorrt(report));
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(partitions_on(report, "tensorrt"), 1);
  for (const auto& node : report.at("nodes")) EXPECT_EQ(node.at("engine"), "tensorrt") << node.dump();
}

INSTANTIATE_TEST_SUITE_P(Networks, TensorrtNetwork, testing::ValuesIn(cases_of(kNetworks)), [](const auto& instance) { return instance.param.name; });

TEST(TensorrtOperators, EveryCaseIsRightWhereverItsNodesRun) {
  const std::vector<Case> cases = cases_of(kOperators);
  ASSERT_GE(cases.size(), 380U);
  size_t run = 0;
  size_t whole = 0;
  std::map<std::string, std::set<std::string>> outside;
  for (const Case& test : cases) {
    // What the importer refuses or the reference gets wrong is told by their own tests.
    if (!run_case(kOperators, test).ok()) continue;
    nlohmann::json report;
    const Status status = run_case_on(kOperators, test, on_tensorrt(report));
    EXPECT_TRUE(status.ok()) << test.name << ": " << status.message();
    ++run;
    if (!status.ok()) continue;
    bool all = true;
    for (const auto& node : report.at("nodes")) {
      if (node.at("engine") == "tensorrt") continue;
      all = false;
      for (const auto& refusal : node.at("refused")) outside[node.at("op").get<std::string>() + ": " + refusal.at("why").get<std::string>()].insert(test.name);
    }
    whole += all ? 1 : 0;
  }
  EXPECT_GE(run, 361U);
  EXPECT_GE(whole, 1U);
  std::printf("%zu cases run, %zu of them on TensorRT alone; outside it:\n", run, whole);
  for (const auto& [why, names] : outside) std::printf("  %s (%zu cases, e.g. %s)\n", why.c_str(), names.size(), names.begin()->c_str());
}

}  // namespace
}  // namespace mindird::test

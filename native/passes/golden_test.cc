// Golden tests: every test/ir/<pass>/<case>.ir holds a graph, a line "----" and the graph the pass makes of it. <pass>
// may also be the name of a stage, which then runs to its fixpoint. MINDIRD_UPDATE_GOLDEN=1 rewrites the second half of
// every file from what the passes do now.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "passes/pipeline.h"
#include "test/passes_golden.h"
#include "test/passes_support.h"

namespace mindird::passes {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(MINDIRD_SOURCE_DIR) / "test" / "ir";

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, GivesTheExpectedGraph) {
  const std::string name = GetParam().parent_path().filename().string();
  check_golden(
      GetParam(), [&](ir::Graph& graph) { return run_by_name(name, graph); },
      [](const ir::Graph& before, const ir::Graph& after) { expect_same_results(before, after, 1); });
}

INSTANTIATE_TEST_SUITE_P(Passes, Golden, testing::ValuesIn(golden_files(kFolder)), golden_name);

TEST(GoldenFiles, EveryPassHasSome) {
  std::vector<std::string> folders;
  for (const fs::path& file : golden_files(kFolder)) folders.push_back(file.parent_path().filename().string());
  for (const Stage& stage : stages()) {
    for (const Pass& pass : stage.passes) {
      EXPECT_NE(std::find(folders.begin(), folders.end(), pass.name), folders.end()) << "no golden file for pass " << pass.name;
    }
  }
}

}  // namespace
}  // namespace mindird::passes

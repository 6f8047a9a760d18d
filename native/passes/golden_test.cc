// Golden tests: every test/ir/<pass>/<case>.ir holds a graph, a line "----" and the graph the pass makes of it. <pass>
// may also be the name of a stage, which then runs to its fixpoint. MINDIRD_UPDATE_GOLDEN=1 rewrites the second half of
// every file from what the passes do now.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "passes/pipeline.h"
#include "test/passes_support.h"

namespace mindird::passes {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSeparator = "----\n";

std::string read_text(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  const fs::path root = fs::path(MINDIRD_SOURCE_DIR) / "test" / "ir";
  if (fs::exists(root)) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".ir") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string all_text(const ir::Graph& graph) { return ir::print(graph, {.constant_values = true, .origins = true}); }

/// The text of a graph with its values numbered anew, so that only structure, contents and origins count.
Result<std::string> comparable(const ir::Graph& graph) {
  TRY_ASSIGN(ir::Graph copy, ir::parse(all_text(graph)));
  for (ir::ValueId v = 0; v < copy.value_count(); ++v) copy.rename_value(v, "old" + std::to_string(v));
  for (ir::ValueId v = 0; v < copy.value_count(); ++v)
    copy.rename_value(v, (copy.is_constant(v) ? "c" : "v") + std::to_string(v));
  return all_text(copy);
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, GivesTheExpectedGraph) {
  const std::string text = read_text(GetParam());
  const size_t split = text.find(kSeparator);
  ASSERT_NE(split, std::string::npos) << "no line ----";
  auto graph = ir::parse(text.substr(0, split));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const ir::Graph before = graph->clone();
  const std::string name = GetParam().parent_path().filename().string();
  const Status status = run_by_name(name, *graph);
  ASSERT_TRUE(status.ok()) << status.message();
  expect_same_results(before, *graph, 1);

  if (std::getenv("MINDIRD_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(GetParam()) << text.substr(0, split) << kSeparator << all_text(*graph);
    return;
  }
  auto expected = ir::parse(text.substr(split + kSeparator.size()));
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  const auto want = comparable(*expected);
  const auto got = comparable(*graph);
  ASSERT_TRUE(want.ok() && got.ok());
  EXPECT_EQ(*got, *want) << "the pass gives:\n" << all_text(*graph);
}

INSTANTIATE_TEST_SUITE_P(Passes, Golden, testing::ValuesIn(golden_files()), [](const auto& instance) {
  std::string name = instance.param.parent_path().filename().string() + "_" + instance.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(GoldenFiles, EveryPassHasSome) {
  std::vector<std::string> folders;
  for (const fs::path& file : golden_files()) folders.push_back(file.parent_path().filename().string());
  for (const Stage& stage : stages()) {
    for (const Pass& pass : stage.passes) {
      EXPECT_NE(std::find(folders.begin(), folders.end(), pass.name), folders.end())
          << "no golden file for pass " << pass.name;
    }
  }
}

}  // namespace
}  // namespace mindird::passes

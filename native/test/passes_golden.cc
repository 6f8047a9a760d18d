#include "test/passes_golden.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>

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

std::string all_text(const ir::Graph& graph) { return ir::print(graph, {.constant_values = true, .origins = true}); }

/// The text of a graph with its values numbered anew, so that only structure, contents and origins count.
Result<std::string> comparable(const ir::Graph& graph) {
  TRY_ASSIGN(ir::Graph copy, ir::parse(all_text(graph)));
  for (ir::ValueId v = 0; v < copy.value_count(); ++v) copy.rename_value(v, "old" + std::to_string(v));
  for (ir::ValueId v = 0; v < copy.value_count(); ++v) copy.rename_value(v, (copy.is_constant(v) ? "c" : "v") + std::to_string(v));
  return all_text(copy);
}

}  // namespace

std::vector<fs::path> golden_files(const fs::path& root) {
  std::vector<fs::path> files;
  if (fs::exists(root)) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".ir") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void check_golden(const fs::path& path, const std::function<Status(ir::Graph&)>& rewrite,
                  const std::function<void(const ir::Graph&, const ir::Graph&)>& compare) {
  const std::string text = read_text(path);
  const size_t split = text.find(kSeparator);
  ASSERT_NE(split, std::string::npos) << "no line ----";
  auto graph = ir::parse(text.substr(0, split));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const ir::Graph before = graph->clone();
  const Status status = rewrite(*graph);
  ASSERT_TRUE(status.ok()) << status.message();
  if (compare) compare(before, *graph);

  if (std::getenv("MINDIRD_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text.substr(0, split) << kSeparator << all_text(*graph);
    return;
  }
  auto expected = ir::parse(text.substr(split + kSeparator.size()));
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  const auto want = comparable(*expected);
  const auto got = comparable(*graph);
  ASSERT_TRUE(want.ok() && got.ok());
  EXPECT_EQ(*got, *want) << "the result is:\n" << all_text(*graph);
}

std::string golden_name(const testing::TestParamInfo<fs::path>& instance) {
  std::string name = instance.param.parent_path().filename().string() + "_" + instance.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

}  // namespace mindird::passes

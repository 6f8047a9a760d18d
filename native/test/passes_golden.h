// Golden tests: a file holds a graph, a line "----" and the graph that is to be made of it. MINDIRD_UPDATE_GOLDEN=1 rewrites the second half
// of every file from what is made now.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace mindird::passes {

/// Every .ir file below a folder, sorted.
std::vector<std::filesystem::path> golden_files(const std::filesystem::path& root);

/// Fails the current test unless `rewrite` makes the second graph of the file of the first. Calls `compare` with the graph before and after.
void check_golden(const std::filesystem::path& path, const std::function<Status(ir::Graph&)>& rewrite,
                  const std::function<void(const ir::Graph&, const ir::Graph&)>& compare = {});

/// "folder_case", for the names of parametrised tests.
std::string golden_name(const testing::TestParamInfo<std::filesystem::path>& instance);

}  // namespace mindird::passes

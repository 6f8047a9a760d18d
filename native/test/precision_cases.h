// Reference models in a lower precision against the same models in f32, for tests of several engines.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "plan/compile.h"
#include "test/mindir_cases.h"

namespace mindird::test {

struct Lowered {
  double cosine = 1;      // the least of all floating outputs, against evaluate() of the graph as it is
  nlohmann::json report;  // of the plan
};

/// Compiles the case's graph for `engines` with `build`, runs it on the case's inputs, and compares.
Result<Lowered> run_lowered(const std::string& folder, const Case& test, std::vector<const engines::Engine*> engines, const engines::BuildOptions& build);

/// "tensorrt: fp16; 3 of 60 nodes fp32: Softmax (exponentials and their sum) ×2, …": what the report says, shortened.
std::string precision_line(const nlohmann::json& report);

}  // namespace mindird::test

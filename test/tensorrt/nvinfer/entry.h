// What the parts of the test libnvinfer share: its settings and the format of its plans.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "defaults.h"
#include "ir/graph.h"

namespace mindird::test_nvinfer {

using namespace nvinfer1;

/// The value of NAME in MINDIRD_TEST_NVINFER, a list like "build=fail,version=110200"; read anew each time.
/// build: fail | abort | kill | hang | no_builder; load: fail; refuse: a part of the name of a layer no engine can be
/// built with; version: of the library. build_gate: a file with the number of steps that may be taken; tactic_us: see timing.h.
std::string setting(const std::string& name);
int32_t version();

struct Plan {
  std::vector<std::string> layers;
  std::vector<std::string> flags;    // of the builder that were on
  std::vector<std::string> outputs;  // names, in the order of the graphs' outputs
  std::vector<Shape> shapes;         // of inputs, then outputs; -1 for what depends on the profile
  std::vector<ir::Graph> graphs;     // one per profile
};

std::string make_plan(const Plan& plan);
Result<Plan> parse_plan(std::string_view bytes);

IBuilder* make_builder(ILogger& logger);
IRuntime* make_runtime(ILogger& logger);

}  // namespace mindird::test_nvinfer

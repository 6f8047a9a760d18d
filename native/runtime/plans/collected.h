// What the plans of one model leave for a plan file while they are compiled.
#pragma once

#include <vector>

#include "plan/plan_file.h"
#include "plan/engine_nodes.h"

namespace mindird::runtime {

struct Collected {
  plan::EngineStore store;
  std::vector<plan::PlanFileGraph> graphs;  // the largest first
  plan::OpenGraph open;
};

}  // namespace mindird::runtime

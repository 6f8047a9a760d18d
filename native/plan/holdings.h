// What a plan holds in the host's memory beside the arenas of its contexts.
#pragma once

#include "engines/holdings.h"
#include "plan/execution_plan.h"

namespace mindird::plan {

void hold(const ExecutionPlan& plan, engines::Holdings& holdings);

}  // namespace mindird::plan

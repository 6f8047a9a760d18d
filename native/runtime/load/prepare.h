// The first half of a load: file → module → signature → plans.
#pragma once

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/serve/loaded.h"

namespace mindird::runtime {

struct Prepared {
  Loaded loaded;
  std::vector<PlanShapes> wanted;  // what there are plans for
  std::vector<PlanPtr> plans;
  std::shared_ptr<engines::PackedStore> packed;  // weights that the plans share
  std::shared_ptr<std::atomic<bool>> cancelled;  // set when nobody wants the model any more
  nlohmann::json report;
};

/// Reads the file and compiles every plan that it has before the first request. `collected` not null: takes what a plan file of the model needs.
Result<Prepared> prepare(const LoadOptions& options, Collected* collected);

}  // namespace mindird::runtime

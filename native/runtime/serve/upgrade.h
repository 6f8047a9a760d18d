// Slow engines in the background. A model that is asked to is loaded with the engines that build at once and serves; the plans with all engines
// are built on the background builder and then take the place of the first ones:
//
//   background builder   build ──► contexts made and warmed, memory and all, for each instance ──► swap, under the lock of what serves
//   instance threads     ─ batch (old plan) ── batch (old) ─────────────────────────────────────── batch (new) ── …
//
// No request waits for a build or pays for a context, and one that runs when the swap comes ends on the plan it began with. The same happens to
// every exact-shape plan. A job holds no model: when the model is closed meanwhile, its result goes nowhere.
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/serve/loaded.h"
#include "runtime/serve/serving.h"

namespace mindird::runtime {

/// The recipe with all engines where `recipe` is left with those that build at once; null, and nothing left out, where none of them is slow or the last one is,
/// which takes every node.
std::shared_ptr<const PlanRecipe> split_recipe(PlanRecipe& recipe, const std::shared_ptr<const std::atomic<bool>>& cancelled);

class Upgrade : public std::enable_shared_from_this<Upgrade> {
 public:
  /// `loaded` has a slow recipe.
  Upgrade(std::shared_ptr<const Loaded> loaded, std::shared_ptr<Serving> serving) : loaded_(std::move(loaded)), serving_(std::move(serving)) {}

  /// Counts a build that is to come. Before its plan serves anybody, so that who sees an answer sees the build.
  void announce();
  /// Once it is announced: builds plans of `module` and lets them take over, the buckets or, under its key, an exact-shape plan.
  void build(const std::string& key, std::vector<PlanShapes> wanted, std::shared_ptr<const mindir::Module> module);
  /// Where it stands, for the model's report: "state", "seconds", "cause".
  void describe(nlohmann::json& report) const;

 private:
  void built(const std::string& key, Result<std::vector<PlanPtr>> plans, int64_t ns);

  const std::shared_ptr<const Loaded> loaded_;
  const std::shared_ptr<Serving> serving_;
  mutable std::mutex mutex_;
  size_t open_ = 0;  // announced, and not ended
  size_t swapped_ = 0;
  int64_t ns_ = 0;     // of those that ended
  std::string cause_;  // why the last one failed; empty after a success
};

}  // namespace mindird::runtime

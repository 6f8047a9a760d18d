// Plans that requests ask for: a model whose sizes are open, and no batch, gets one for each set of shapes.
//
//   submit ──► await_plan ──► builder thread, behind all loads ──► plan_built ──► queue
//                  └─ refused: too many are asked for, or the model has had its share of building
#include "base/clock.h"
#include "base/guard.h"
#include "base/strings.h"
#include "runtime/serve/host.h"
#include "runtime/serve/serving.h"
#include "runtime/serve/upgrade.h"

namespace mindird::runtime {

Status Serving::await_plan(RequestPtr request, const std::string& key) {
  if (asked_.contains(key)) {
    awaiting_[key].push_back(std::move(request));
    ++awaiting_count_;
    return {};
  }
  if (asked_.size() >= loaded_->options.max_plans) {
    return {Code::kOverloaded,
            str("plans for ", asked_.size(), " other shapes of ", loaded_->options.label, " are still to be built, no more than model.max_plans may be")};
  }
  if (const int64_t wait = budget_.wait_ns(now_ns()); wait > 0) {
    return {Code::kOverloaded, str("plans for the shapes of requests of ", loaded_->options.label, " have had half of the builder's time: retry in ",
                                   (wait + 999'999'999) / 1'000'000'000, " s, or have more plans kept (model.max_plans)")};
  }
  auto& waiting = awaiting_[key];
  waiting.reserve(1);
  asked_.insert(key);
  const Status queued = guarded([&]() -> Status {
    Host::instance().build_for_request([self = shared_from_this(), key, shapes = request->shapes] { self->build_for(key, shapes); });
    return {};
  });
  if (!queued.ok()) {
    asked_.erase(key);
    awaiting_.erase(key);
    return queued;
  }
  waiting.push_back(std::move(request));
  ++awaiting_count_;
  return {};
}

void Serving::build_for(const std::string& key, const std::vector<Shape>& shapes) {
  {
    const std::lock_guard lock(mutex_);
    if (!awaiting_.contains(key)) {  // all of them expired, were cancelled, or the model closed
      asked_.erase(key);
      return;
    }
  }
  const int64_t begin = now_ns();
  auto built = guarded([&]() -> Result<PlanPtr> {
    const std::vector<PlanShapes> wanted{{shapes, 0}};
    TRY_ASSIGN(const std::vector<PlanPtr> plans, build_plans(*loaded_->module, recipe_for_request(), wanted));
    return plans.front();
  });
  {
    const std::lock_guard lock(mutex_);
    const int64_t now = now_ns();
    budget_.charge(now, now - begin);
  }
  const bool ok = built.ok();
  plan_built(key, std::move(built));
  if (!ok) return;
  if (const auto upgrade = upgrade_.lock()) upgrade->build(key, {{shapes, 0}}, loaded_->module);
}

PlanRecipe Serving::recipe_for_request() const {
  PlanRecipe recipe = loaded_->recipe.for_request();
  const std::lock_guard lock(mutex_);
  recipe.packed = packed_;
  return recipe;
}

void Serving::plan_built(const std::string& key, Result<PlanPtr> built) {
  Status status = std::move(built).status();
  std::vector<RequestPtr> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = awaiting_.find(key); it != awaiting_.end()) {
      waiting = std::move(it->second);
      awaiting_.erase(it);
    }
    asked_.erase(key);
    awaiting_count_ -= waiting.size();
    if (status.ok()) {
      status = guarded([&]() -> Status {
        plans_.add_exact(key, *built);
        if (const auto upgrade = upgrade_.lock()) upgrade->announce();
        for (RequestPtr& request : waiting) {
          request->plan = *built;
          queue_.push(std::move(request));
        }
        return {};
      });
      wake_.notify_all();
    }
  }
  const bool ok = status.ok();
  finish(std::move(waiting), status);
  if (ok) add_device_lanes(std::span(&*built, 1));
}

}  // namespace mindird::runtime

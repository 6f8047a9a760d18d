#include "runtime/plans/build_progress.h"

#include "base/clock.h"
#include "base/event.h"

namespace mindird::runtime {
namespace {

/// Often enough for a bar that moves; the server drains events ten times a second.
constexpr int64_t kEveryNs = 200'000'000;

}  // namespace

BuildProgress::BuildProgress(std::string label, size_t plans, bool background)
    : label_(std::move(label)), plans_(plans), background_(background), begin_ns_(now_ns()) {}

BuildProgress::~BuildProgress() {
  if (told_)
    log_event(
        {Level::kDebug, "build.ended", {{"model", label_}, {"background", background_}, {"duration_ms", static_cast<double>(now_ns() - begin_ns_) / 1e6}}});
}

void BuildProgress::report(const plan::CompileProgress& p) {
  const int64_t now = now_ns();
  // The first step of a subgraph is always told: its engine may say nothing more for long.
  if (told_ && p.fraction > 0 && now - told_ns_ < kEveryNs) return;
  told_ = true;
  told_ns_ = now;
  log_event({Level::kDebug,
             "build.progress",
             {{"model", label_},
              {"engine", std::string(p.engine)},
              {"plan", static_cast<double>(plan_)},
              {"plans", static_cast<double>(plans_)},
              {"subgraph", static_cast<double>(p.subgraph)},
              {"subgraphs", static_cast<double>(p.subgraphs)},
              {"fraction", p.fraction},
              {"step", p.step},
              {"background", background_},
              {"duration_ms", static_cast<double>(now - begin_ns_) / 1e6}}});
}

}  // namespace mindird::runtime

#include "base/run_limits.h"

#include "base/clock.h"
#include "base/strings.h"

namespace mindird {
namespace {

thread_local RunScope* innermost = nullptr;

}  // namespace

RunScope::RunScope(const RunLimits& limits) : limits_(limits), left_(limits.loop_steps), outer_(innermost) { innermost = this; }
RunScope::~RunScope() { innermost = outer_; }
bool RunScope::active() { return innermost != nullptr; }

Status count_loop_step() {
  RunScope* const scope = innermost;
  if (!scope) return {};
  if (scope->left_-- <= 0) return {Code::kTooLarge, str("a loop did not end within ", scope->limits_.loop_steps, " rounds (model.loop_steps)")};
  if (scope->limits_.deadline_ns > 0 && now_ns() >= scope->limits_.deadline_ns) return {Code::kDeadlineExceeded, "the deadline passed while a loop ran"};
  if (scope->limits_.cancelled && *scope->limits_.cancelled) return {Code::kCancelled, "cancelled while a loop ran"};
  return {};
}

}  // namespace mindird

// The threads of a model's instances.
//
// Where plans have steps on a device, an instance has two threads, its lanes, each with contexts, streams and memory of its own, fed from the same
// queue. While one waits for the device the other gathers, copies and enqueues the next batch:
//
//   lane 0   gather A │ enqueue A │ · · · wait · · · │ scatter A │ gather C │ enqueue C │ · · ·
//   lane 1               gather B │ enqueue B │ · · · · · · · wait · · · · · · · │ scatter B │ …
//   device                        [ ──── A ──── ][ ──── B ──── ][ ──── C ────
//
// A failed run on a device costs its requests; the lane then makes new contexts and tries them on zeros. While that fails, the model says why
// (device_runs.h), goes on trying every few seconds, and still takes requests: what the driver answers is their answer. A driver's context that is
// lost stays lost as long as the process lives.
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/compute_thread.h"
#include "base/event.h"
#include "base/guard.h"
#include "runtime/serve/deliver.h"
#include "runtime/serve/host.h"
#include "runtime/serve/serving.h"

namespace mindird::runtime {
namespace {

/// The plan that takes the whole batch; null for one request with more rows than any has room for.
PlanPtr plan_for(const std::vector<RequestPtr>& batch, const Buckets& buckets) {
  if (batch[0]->plan) return batch[0]->plan;
  int64_t rows = 0;
  for (const RequestPtr& request : batch) rows += request->rows;
  return bucket_for(buckets, rows);
}

/// Takes the requests whose deadline is not after `now` out of a batch.
std::vector<RequestPtr> take_expired(std::vector<RequestPtr>& batch, int64_t now) {
  const auto late = [&](const RequestPtr& request) { return request->deadline_ns != 0 && request->deadline_ns <= now; };
  std::vector<RequestPtr> expired;
  expired.reserve(static_cast<size_t>(std::count_if(batch.begin(), batch.end(), late)));
  for (RequestPtr& request : batch) {
    if (late(request)) expired.push_back(std::move(request));
  }
  std::erase(batch, nullptr);
  return expired;
}

/// Whether a run failed for what the requests hold, such as an index out of range, and not for what runs them.
bool is_about_data(const Status& status) { return status.code() == Code::kInvalidArgument || status.code() == Code::kTooLarge; }

/// One lane's part of the model's totals.
class Counted {
 public:
  Counted(std::atomic<size_t>& arenas, std::atomic<size_t>& contexts) : arenas_(arenas), contexts_(contexts) {}
  ~Counted() { set(0, 0); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  void update(const InstanceMemory& memory) { set(memory.bytes(), memory.device_bytes()); }

 private:
  void set(size_t arena, size_t context) {
    arenas_ += arena - std::exchange(arena_, arena);
    contexts_ += context - std::exchange(context_, context);
  }
  std::atomic<size_t>& arenas_;
  std::atomic<size_t>& contexts_;
  size_t arena_ = 0;
  size_t context_ = 0;
};

}  // namespace

void Serving::instance_loop(size_t index, Status* warmed, int* started) {
  InstanceMemory memory;
  Counted counted(arena_bytes_, context_bytes_);
  Status status = guarded([&]() -> Status {
    TRY(warm_up(plans_of(*plans_.buckets()), memory));
    counted.update(memory);
    return {};
  });
  {
    const std::lock_guard lock(mutex_);
    *warmed = std::move(status);
    ++*started;
    wake_.notify_all();
  }
  serve(index, memory, [&] { counted.update(memory); });
}

void Serving::add_device_lanes(std::span<const PlanPtr> plans) {
  if (std::none_of(plans.begin(), plans.end(), [](const PlanPtr& plan) { return plan->plan->on_device(); })) return;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || std::exchange(has_device_lanes_, true)) return;
  }
  Memories fresh;
  for (int i = 0; i < std::max(1, loaded_->options.instances); ++i) {
    fresh.push_back(std::make_unique<InstanceMemory>());
    const Status status = guarded([&] { return warm_up(plans, *fresh.back()); });
    if (status.ok()) continue;
    fresh.pop_back();
    log_event({Level::kWarn, "instance.lane.failed", {{"model", loaded_->options.label}, {"cause", status.message()}}});
    break;
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  threads_.reserve(threads_.size() + fresh.size());
  for (auto& memory : fresh) {
    const size_t lane = incoming_.size();
    incoming_.emplace_back().push_back(std::move(memory));
    threads_.push_back(start_compute_thread(kInstance, [this, lane] {
      InstanceMemory own;
      Counted counted(arena_bytes_, context_bytes_);
      serve(lane, own, [&] { counted.update(own); });
    }));
  }
}

void Serving::serve(size_t lane, InstanceMemory& memory, const std::function<void()>& count) {
  for (;;) {
    Turn turn;
    const Status status = guarded([&]() -> Status {
      next_turn(lane, turn);
      if (turn.closed) return {};
      for (auto& fresh : turn.fresh) memory.adopt(std::move(*fresh));
      count();
      if (turn.failed_plan) renew_contexts(turn.failed_plan, memory);
      if (!turn.batch.empty()) run_turn(turn, lane, memory);
      count();
      return {};
    });
    if (turn.closed) return;
    if (status.ok()) continue;
    // What is still there has had no answer.
    finish(std::move(turn.batch), status);
    finish(std::move(turn.members), status);
  }
}

void Serving::run_turn(Turn& turn, size_t lane, InstanceMemory& memory) {
  if (run_batch_of(turn.batch, *turn.buckets, lane, memory)) return;
  // One of them has data the model does not take. Alone, each gets the answer it would have had in other company, and its own place in the error.
  turn.members = std::exchange(turn.batch, {});
  turn.batch.reserve(1);
  for (RequestPtr& member : turn.members) {
    turn.batch.clear();
    turn.batch.push_back(std::move(member));
    run_batch_of(turn.batch, *turn.buckets, lane, memory);
  }
}

bool Serving::run_batch_of(std::vector<RequestPtr>& batch, const Buckets& buckets, size_t lane, InstanceMemory& memory) {
  const PlanPtr whole = plan_for(batch, buckets);
  const PlanPtr plan = whole ? whole : buckets.rbegin()->second;
  const bool on_device = plan->plan->on_device();
  BatchResult result;
  result.model = loaded_->id;
  Status status;
  if (!whole) {
    status = run_pieces(batch.front(), buckets, *cancelled_, memory, result);
  } else {
    std::optional<PermitScope> permits;
    if (!on_device) permits.emplace(Host::instance().permits(), plan->threads);
    // Permits may be long in coming; what expires meanwhile must not be computed.
    finish(take_expired(batch, now_ns()), expired_status());
    if (batch.empty()) return true;
    status = run_batch(batch, plan, memory, result);
  }
  const bool retry = batch.size() > 1 && is_about_data(status);
  if (on_device && status.ok()) device_.count(result);
  if (!retry) {
    for (const RequestOutcome& outcome : result.outcomes) {
      if (outcome.status.code() != Code::kInternal) continue;
      log_event(
          {Level::kError, "instance.failed", {{"model", loaded_->options.label}, {"count", static_cast<double>(lane)}, {"error", outcome.status.message()}}});
    }
    deliver(batch, std::move(result));
  }
  // A request that ran out of time between two pieces, or a model that is being closed, says nothing of the device.
  if (on_device && !status.ok() && status.code() != Code::kDeadlineExceeded && status.code() != Code::kNotReady) {
    log_event({Level::kWarn, "device.run.failed", {{"model", loaded_->options.label}, {"cause", status.message()}}});
    renew_contexts(plan, memory);
  }
  return !retry;
}

void Serving::renew_contexts(const PlanPtr& plan, InstanceMemory& memory) {
  memory.clear();
  const Status status = guarded([&] { return warm_up(std::span(&plan, 1), memory); });
  device_.tried(plan, status);
}

}  // namespace mindird::runtime

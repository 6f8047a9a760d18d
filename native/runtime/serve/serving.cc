#include "runtime/serve/serving.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "base/compute_thread.h"
#include "base/event.h"
#include "base/guard.h"
#include "base/strings.h"
#include "base/team.h"
#include "runtime/serve/deliver.h"
#include "runtime/serve/host.h"

namespace mindird::runtime {
namespace {

/// How often a device that fails is tried while no requests come.
constexpr auto kTryDeviceEvery = std::chrono::seconds(5);

/// So many runs one request may take. Rows without bytes cost their sender nothing.
constexpr int64_t kMostPieces = 4096;

}  // namespace

Serving::Serving(std::shared_ptr<const Loaded> loaded, std::span<const PlanPtr> plans, std::shared_ptr<engines::PackedStore> packed,
                 std::shared_ptr<std::atomic<bool>> cancelled)
    : loaded_(std::move(loaded)), cancelled_(std::move(cancelled)), plans_(loaded_->options.max_plans), device_(loaded_->options.label) {
  packed_ = std::move(packed);
  for (const PlanPtr& plan : plans) plans_.add_bucket(plan);
  // Made while there is memory.
  for (const auto& make : {not_ready_status, expired_status, cancelled_status}) make();
}

Serving::~Serving() { close(); }

void Serving::finish(std::vector<RequestPtr>&& requests, const Status& status) { deliver_error(std::move(requests), loaded_->id, status); }

Status Serving::start() {
  const auto count = static_cast<size_t>(std::max(1, loaded_->options.instances));
  std::vector<Status> warmed(count);
  int started = 0;
  incoming_.resize(count);
  const Status begun = guarded([&]() -> Status {
    threads_.reserve(count);
    for (size_t i = 0; i < count; ++i)
      threads_.push_back(start_compute_thread(kInstance, [this, i, &warmed, &started] { instance_loop(i, &warmed[i], &started); }));
    return {};
  });
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return started == static_cast<int>(threads_.size()); });
  }
  TRY(begun);
  for (Status& status : warmed) {
    if (!status.ok()) return std::move(status).with("warm-up");
  }
  add_device_lanes(plans_of(*plans_.buckets()));
  return {};
}

Status Serving::submit(RequestPtr request) {
  std::vector<size_t> bytes;
  for (const auto& input : request->inputs) bytes.push_back(input.size());
  TRY(check_request(loaded_->signature, request->shapes, bytes));
  if (request->outputs.size() != loaded_->signature.outputs.size()) {
    return invalid_argument(str(request->outputs.size(), " outputs, want ", loaded_->signature.outputs.size()));
  }
  request->enqueued_ns = now_ns();
  request->rows = loaded_->signature.batched ? request->shapes[0][0] : 1;
  if (loaded_->signature.batched) TRY(check_rows(*request));
  if (request->rows == 0) return answer_empty(std::move(request));
  const int64_t deadline = request->deadline_ns;
  const bool bucket = loaded_->complete();
  const std::string key = bucket ? std::string() : shapes_key(request->shapes);
  bool queued = false;
  int threads = 1;  // of the run that begins with it
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return not_ready_status();
    if (queue_.size() + awaiting_count_ >= loaded_->options.max_queue) {
      return {Code::kOverloaded, str("the queue of ", loaded_->options.label, " is full: ", loaded_->options.max_queue, " requests wait (batching.max_queue)")};
    }
    if (!bucket) request->plan = plans_.find_exact(key);
    queued = bucket || request->plan;
    if (queued) {
      if (idle_lanes_ > 0 && queue_.size() == 0 && loaded_->policy.max_delay_ns == 0) {
        const PlanPtr plan = request->plan ? request->plan : bucket_for(*plans_.buckets(), request->rows);
        if (plan) threads = plan->plan->host_threads();
      }
      queue_.push(std::move(request));
    } else {
      TRY(await_plan(std::move(request), key));
    }
  }
  // Not under the lock, which whoever wakes up takes first.
  if (queued) wake_.notify_one();
  // The others of a team wake while its leader does.
  rouse_workers(threads - 1);
  if (deadline != 0) Host::instance().deadline_added(deadline);
  return {};
}

Status Serving::check_rows(const Request& request) const {
  const PlanPtr plan = plans_.buckets()->rbegin()->second;
  if (request.rows <= plan->rows) return {};
  if (request.rows / kMostPieces >= plan->rows) {
    return {Code::kTooLarge,
            str("the request has ", request.rows, " rows, want less than ", kMostPieces, " times the largest batch of ", plan->rows, " (batching.max_batch)")};
  }
  size_t row_bytes = 0;
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    if (request.outputs[i].kind == OutputTarget::Kind::kAllocate) row_bytes += plan->output_type(i).bytes() / static_cast<size_t>(plan->rows);
  }
  const auto most = loaded_->options.limits.memory;
  if (most > 0 && row_bytes > most / static_cast<size_t>(request.rows)) {
    return {Code::kTooLarge, str("the outputs of ", request.rows, " rows of ", row_bytes, " bytes are more than ", most, " bytes (model.max_memory)")};
  }
  return {};
}

Status Serving::answer_empty(RequestPtr request) {
  const PlanPtr plan = plans_.buckets()->rbegin()->second;
  BatchResult result;
  result.model = loaded_->id;
  RequestOutcome& outcome = result.outcomes.emplace_back();
  outcome.ticket = request->ticket;
  for (size_t i = 0; i < request->outputs.size(); ++i) {
    const OutputTarget& target = request->outputs[i];
    if (target.kind == OutputTarget::Kind::kSkip) continue;
    if (!target.memory.empty()) return invalid_argument(str("output ", i, " of no rows has a destination of ", target.memory.size(), " bytes"));
    Shape shape = plan->output_type(i).shape;
    shape[0] = 0;
    outcome.shapes.push_back(std::move(shape));
    outcome.buffers.emplace_back();
    if (target.kind == OutputTarget::Kind::kAllocate) {
      TRY_ASSIGN(Buffer nothing, Buffer::allocate(0));
      outcome.buffers.back() = std::move(nothing);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return not_ready_status();
  }
  std::vector<RequestPtr> answered;
  answered.push_back(std::move(request));
  deliver(answered, std::move(result));
  return {};
}

bool Serving::cancel(uint64_t ticket) {
  std::vector<RequestPtr> found;
  found.reserve(1);
  {
    const std::lock_guard lock(mutex_);
    if (RequestPtr request = queue_.cancel(ticket)) found.push_back(std::move(request));
    for (auto it = awaiting_.begin(); found.empty() && it != awaiting_.end(); ++it) {
      auto& waiting = it->second;
      const auto at = std::find_if(waiting.begin(), waiting.end(), [&](const RequestPtr& r) { return r->ticket == ticket; });
      if (at == waiting.end()) continue;
      found.push_back(std::move(*at));
      waiting.erase(at);
      --awaiting_count_;
      if (waiting.empty()) {
        awaiting_.erase(it);
        break;
      }
    }
  }
  const bool any = !found.empty();
  finish(std::move(found), cancelled_status());
  return any;
}

std::optional<int64_t> Serving::expire_requests() {
  const int64_t now = now_ns();
  std::vector<RequestPtr> expired;
  std::optional<int64_t> next;
  {
    const std::lock_guard lock(mutex_);
    expired = queue_.take_expired(now);
    next = queue_.next_deadline();
    insist([&] { expired.reserve(expired.size() + awaiting_count_); });
    for (auto it = awaiting_.begin(); it != awaiting_.end();) {
      for (RequestPtr& request : it->second) {
        if (request->deadline_ns == 0) continue;
        if (request->deadline_ns > now) {
          next = std::min(next.value_or(request->deadline_ns), request->deadline_ns);
        } else {
          expired.push_back(std::move(request));
          --awaiting_count_;
        }
      }
      std::erase(it->second, nullptr);
      it = it->second.empty() ? awaiting_.erase(it) : std::next(it);
    }
  }
  finish(std::move(expired), expired_status());
  return next;
}

void Serving::next_turn(size_t index, Turn& turn) {
  std::unique_lock lock(mutex_);
  for (;;) {
    turn.closed = closed_;
    if (closed_) return;
    turn.fresh.reserve(turn.fresh.size() + incoming_[index].size());
    std::move(incoming_[index].begin(), incoming_[index].end(), std::back_inserter(turn.fresh));
    incoming_[index].clear();
    const int64_t now = now_ns();
    std::vector<RequestPtr> expired = queue_.take_expired(now);
    if (!expired.empty()) {
      lock.unlock();
      finish(std::move(expired), expired_status());
      lock.lock();
      continue;
    }
    Taken taken = queue_.take(now, loaded_->policy, [this](int64_t rows) { return expected_ns(rows); });
    turn.batch = std::move(taken.batch);
    // Plans are replaced under the same lock, so that batch, buckets and contexts fit each other.
    turn.buckets = plans_.buckets();
    if (!turn.batch.empty() || !turn.fresh.empty()) return;
    if (taken.wait_until) {
      wake_.wait_for(lock, std::chrono::nanoseconds(*taken.wait_until - now));
    } else if (device_.failed_plan()) {
      const bool quiet = wake_.wait_for(lock, kTryDeviceEvery) == std::cv_status::timeout;
      if (quiet && queue_.size() == 0) turn.failed_plan = device_.failed_plan();
      if (turn.failed_plan) return;
    } else {
      ++idle_lanes_;
      wake_.wait(lock);
      --idle_lanes_;
    }
  }
}

int64_t Serving::expected_ns(int64_t rows) const {
  const PlanPtr plan = bucket_for(*plans_.buckets(), rows);
  return plan ? plan->expected_ns.load() : 0;
}

void Serving::close() {
  std::vector<RequestPtr> waiting;
  std::vector<std::thread> threads;
  std::vector<Memories> unused;
  *cancelled_ = true;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    unused = std::move(incoming_);
    incoming_.clear();
    insist([&] { waiting.reserve(queue_.size() + awaiting_count_); });
    insist([&] { queue_.take_all(waiting); });
    for (auto& [key, requests] : awaiting_) std::move(requests.begin(), requests.end(), std::back_inserter(waiting));
    awaiting_.clear();
    awaiting_count_ = 0;
    threads = std::move(threads_);
    threads_.clear();
    wake_.notify_all();
  }
  finish(std::move(waiting), not_ready_status());
  for (std::thread& thread : threads) thread.join();
}

size_t Serving::queue_depth() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + awaiting_count_;
}

size_t Serving::packed_bytes() const {
  const std::lock_guard lock(mutex_);
  return packed_->bytes();
}

Status Serving::take_over(const std::string& key, std::span<const PlanPtr> plans) {
  size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    count = incoming_.size();
  }
  Memories fresh;
  for (size_t i = 0; i < count; ++i) {
    fresh.push_back(std::make_unique<InstanceMemory>());
    TRY(guarded([&] { return warm_up(plans, *fresh.back()); }).with("warm-up"));
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return {};
  if (key.empty()) {
    plans_.replace_buckets(plans);
    // What the former plans had packed goes with them.
    packed_ = engines::make_packed_store();
  } else {
    const PlanPtr former = plans_.replace_exact(key, plans.front());
    if (!former) return {};
    queue_.replace_plan(former.get(), plans.front());
  }
  for (size_t i = 0; i < count; ++i) incoming_[i].push_back(std::move(fresh[i]));
  wake_.notify_all();
  return {};
}

}  // namespace mindird::runtime

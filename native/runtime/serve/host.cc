#include "runtime/serve/host.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "base/clock.h"
#include "base/compute_thread.h"
#include "base/event.h"
#include "base/give_way.h"
#include "base/guard.h"
#include "engines/processors.h"
#include "runtime/serve/serving.h"

namespace mindird::runtime {
namespace {

/// What the threads are called that build plans.
constexpr const char* kBuilder = "builder";
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
/// When deadlines are looked at again for which there was no memory.
constexpr int64_t kAgainNs = 5'000'000;

}  // namespace

Host& Host::instance() {
  static auto* host = new Host;
  return *host;
}

Host::Host() : limits_(read_cpu_limits()), threads_(limits_.threads()), permits_(threads_), next_deadline_ns_(kNever) {
  // From this thread, which has not given way.
  prepare_compute_threads();
  engines::share_processors_by([](int threads) -> engines::ProcessorHold { return std::make_shared<PermitScope>(Host::instance().permits(), threads); });
  std::thread([this] { deadline_loop(); }).detach();
}

void Host::configure(int threads) {
  threads_ = threads > 0 ? threads : limits_.threads();
  permits_.resize(std::max(threads_, limits_.threads()));
}

void Host::builders_give_way() { threads_give_way(kBuilder, kBuildersGiveWayBy); }

Host::TaskThread::TaskThread() {
  std::thread thread([this] { loop(); });
  pthread_setname_np(thread.native_handle(), kBuilder);
  thread.detach();
}

void Host::TaskThread::run(std::function<void()> task) { add(tasks_, std::move(task)); }

void Host::TaskThread::run_after(std::function<void()> task) { add(after_, std::move(task)); }

void Host::TaskThread::add(Tasks& tasks, std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  tasks.push_back(std::move(task));
  ready_.notify_one();
}

void Host::TaskThread::loop() {
  give_way();
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return !tasks_.empty() || !after_.empty(); });
      Tasks& next = tasks_.empty() ? after_ : tasks_;
      task = std::move(next.front());
      next.pop_front();
    }
    const Status status = guarded([&]() -> Status {
      task();
      return {};
    });
    if (!status.ok()) insist([&] { log_event({Level::kError, "builder.failed", {{"error", status.message()}}}); });
  }
}

void Host::watch(std::weak_ptr<Serving> model) {
  const std::lock_guard lock(watch_mutex_);
  models_.push_back(std::move(model));
}

void Host::deadline_added(int64_t deadline_ns) {
  const std::lock_guard lock(watch_mutex_);
  if (deadline_ns >= next_deadline_ns_) return;
  next_deadline_ns_ = deadline_ns;
  watch_changed_.notify_one();
}

std::vector<std::shared_ptr<Serving>> Host::living_models() {
  const std::lock_guard lock(watch_mutex_);
  std::erase_if(models_, [](const auto& m) { return m.expired(); });
  std::vector<std::shared_ptr<Serving>> out;
  out.reserve(models_.size());
  for (const auto& weak : models_) {
    if (auto model = weak.lock()) out.push_back(std::move(model));
  }
  return out;
}

void Host::deadline_loop() {
  std::unique_lock lock(watch_mutex_);
  for (;;) {
    if (next_deadline_ns_ == kNever) {
      watch_changed_.wait(lock);
    } else {
      watch_changed_.wait_for(lock, std::chrono::nanoseconds(std::max<int64_t>(0, next_deadline_ns_ - now_ns())));
    }
    if (next_deadline_ns_ > now_ns()) continue;
    next_deadline_ns_ = kNever;
    lock.unlock();
    int64_t next = kNever;
    const Status status = guarded([&]() -> Status {
      for (const auto& model : living_models()) next = std::min(next, model->expire_requests().value_or(kNever));
      return {};
    });
    if (!status.ok()) next = now_ns() + kAgainNs;
    lock.lock();
    next_deadline_ns_ = std::min(next_deadline_ns_, next);
  }
}

}  // namespace mindird::runtime

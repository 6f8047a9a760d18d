// What all models of this process share: compute permits, the builder thread (loads, then plans that requests ask for, one at a time), the background
// builder (engines that take minutes, for models that serve by other engines meanwhile; it holds up no load), the thread that expires
// requests whose deadline passes while they wait. Leaked on purpose: threads may be in it when the process exits.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/queue/cpu_quota.h"
#include "runtime/queue/permits.h"

namespace mindird::runtime {

class Serving;

class Host {
 public:
  static Host& instance();

  /// Threads one inference uses unless its model says otherwise; 0 = from the CPU quota. Sets the number of permits.
  void configure(int threads);
  int default_threads() const { return threads_; }
  const CpuLimits& limits() const { return limits_; }
  Permits& permits() { return permits_; }

  /// From now on the builders take of a processor what requests leave (kBuildersGiveWayBy): before the first request is served nobody gains by that.
  static void builders_give_way();

  /// Runs a task on the builder thread, in order.
  void build(std::function<void()> task) { builder_.run(std::move(task)); }
  /// The same for what requests ask for: when nothing of build() waits.
  void build_for_request(std::function<void()> task) { builder_.run_after(std::move(task)); }
  /// The same on the background builder.
  void build_in_background(std::function<void()> task) { background_.run(std::move(task)); }
  /// Watches the deadlines of a model's requests until it is gone.
  void watch(std::weak_ptr<Serving> model);
  /// Tells that a deadline earlier than those seen so far may exist.
  void deadline_added(int64_t deadline_ns);

 private:
  /// A thread that runs tasks one after the other. Never ended.
  class TaskThread {
   public:
    TaskThread();
    void run(std::function<void()> task);
    /// Once no task of run() waits.
    void run_after(std::function<void()> task);

   private:
    using Tasks = std::deque<std::function<void()>>;
    void loop();
    void add(Tasks& tasks, std::function<void()> task);
    std::mutex mutex_;
    std::condition_variable ready_;
    Tasks tasks_;
    Tasks after_;
  };

  Host();
  void deadline_loop();
  std::vector<std::shared_ptr<Serving>> living_models();

  CpuLimits limits_;
  int threads_;
  Permits permits_;

  TaskThread builder_;
  TaskThread background_;

  std::mutex watch_mutex_;
  std::condition_variable watch_changed_;
  std::vector<std::weak_ptr<Serving>> models_;
  int64_t next_deadline_ns_;
};

}  // namespace mindird::runtime

#include "base/compute_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <new>
#include <utility>

#include "base/give_way.h"

namespace mindird {
namespace {

/// Signals are for the other threads of the process.
void leave_signals() {
  sigset_t every;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, nullptr);
}

/// Leaked, as its thread runs until the process ends.
class Starter {
 public:
  static Starter& process() {
    static auto* const starter = new Starter;
    return *starter;
  }

  Starter() {
    // Threads do not survive a fork: the child begins without one, and nobody of it waits for what was ordered.
    pthread_atfork([] { process().mutex_.lock(); }, [] { process().mutex_.unlock(); },
                   [] {
                     process().orders_.clear();
                     process().runs_ = false;
                     // Its thread, which waits on this one, is gone too: what tells it would wait for it.
                     new (&process().changed_) std::condition_variable;
                     process().mutex_.unlock();
                   });
  }

  void prepare() {
    const std::lock_guard lock(mutex_);
    run();
  }

  std::thread start(const char* name, std::function<void()> body) {
    std::packaged_task<std::thread()> order([name, body = std::move(body)]() mutable {
      return std::thread([name, body = std::move(body)] {
        pthread_setname_np(pthread_self(), name);
        body();
      });
    });
    std::future<std::thread> started = order.get_future();
    {
      const std::lock_guard lock(mutex_);
      run();
      orders_.push_back(std::move(order));
    }
    changed_.notify_one();
    return started.get();
  }

 private:
  void run() {
    if (runs_) return;
    std::thread thread([this] { loop(); });
    pthread_setname_np(thread.native_handle(), "starter");
    thread.detach();
    runs_ = true;
  }

  void loop() {
    give_way();
    leave_signals();
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !orders_.empty(); });
      std::packaged_task<std::thread()> order = std::move(orders_.front());
      orders_.pop_front();
      lock.unlock();
      order();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<std::thread()>> orders_;
  bool runs_ = false;
};

}  // namespace

void prepare_compute_threads() { Starter::process().prepare(); }

std::thread start_compute_thread(const char* name, std::function<void()> body) { return Starter::process().start(name, std::move(body)); }

}  // namespace mindird

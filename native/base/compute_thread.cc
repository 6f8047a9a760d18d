#include "base/compute_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <utility>

#include "base/give_way.h"

namespace mindird {
namespace {

/// What a caller waits for; lies on its stack.
struct Order {
  const char* name;
  std::function<void()> body;
  std::thread thread{};
  std::exception_ptr failure{};
  bool done = false;
};

/// Signals are for the other threads of the process.
void leave_signals() {
  sigset_t every;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, nullptr);
}

void carry_out(Order& order) {
  try {
    order.thread = std::thread([name = order.name, body = std::move(order.body)] {
      pthread_setname_np(pthread_self(), name);
      body();
    });
  } catch (...) {
    order.failure = std::current_exception();
  }
}

/// Leaked, as its thread runs until the process ends.
class Starter {
 public:
  static Starter& process() {
    static auto* const starter = new Starter;
    return *starter;
  }

  Starter() {
    // Threads do not survive a fork: the child begins without one, and nobody of it waits for an order.
    pthread_atfork([] { process().mutex_.lock(); }, [] { process().mutex_.unlock(); },
                   [] {
                     process().orders_.clear();
                     process().runs_ = false;
                     // Nor do those that wait on it, whom it would wait for.
                     new (&process().changed_) std::condition_variable;
                     process().mutex_.unlock();
                   });
  }

  void prepare() {
    const std::lock_guard lock(mutex_);
    run();
  }

  std::thread start(const char* name, std::function<void()> body) {
    Order order{name, std::move(body)};
    std::unique_lock lock(mutex_);
    run();
    orders_.push_back(&order);
    changed_.notify_all();
    changed_.wait(lock, [&] { return order.done; });
    if (order.failure) std::rethrow_exception(order.failure);
    return std::move(order.thread);
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
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return !orders_.empty(); });
      Order& order = *orders_.front();
      orders_.pop_front();
      carry_out(order);
      order.done = true;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Order*> orders_;
  bool runs_ = false;
};

}  // namespace

void prepare_compute_threads() { Starter::process().prepare(); }

std::thread start_compute_thread(const char* name, std::function<void()> body) { return Starter::process().start(name, std::move(body)); }

}  // namespace mindird

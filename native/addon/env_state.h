// What one JavaScript environment (the main thread or a worker) has: the way back from native threads, the completion handler, and the requests
// in flight with the JavaScript arrays they pin. References are created and deleted on the environment's own thread only.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/queue/request.h"
#include "runtime/serve/model.h"

namespace mindird::addon {

/// The sink of one environment. Results are queued here and drained on the JavaScript thread by one thread-safe function.
class Mailbox final : public runtime::CompletionSink {
 public:
  using Task = std::function<void(Napi::Env)>;

  void open(napi_threadsafe_function wake) { wake_ = wake; }
  /// The thread-safe function is about to be freed, which Node does before what an environment has is destroyed.
  void forget_wake();
  /// After this nothing is delivered any more; waits until every request submitted has completed, since they use memory of the environment.
  void close_and_wait();

  void complete(runtime::BatchResult&& result) override;
  /// Runs a task on the JavaScript thread; dropped when the environment is gone.
  void post(Task task);
  void submitted() {
    const std::lock_guard lock(mutex_);
    ++outstanding_;
  }
  /// A submission that was refused.
  void withdrawn() {
    const std::lock_guard lock(mutex_);
    --outstanding_;
  }
  std::vector<runtime::BatchResult> take_results();
  std::deque<Task> take_tasks();

 private:
  void wake_locked();

  std::mutex mutex_;
  std::condition_variable settled_;
  napi_threadsafe_function wake_ = nullptr;
  bool closed_ = false;
  bool woken_ = false;
  size_t outstanding_ = 0;
  std::vector<runtime::BatchResult> results_;
  std::deque<Task> tasks_;
};

class EnvState {
 public:
  explicit EnvState(Napi::Env env);
  ~EnvState();
  static EnvState& of(Napi::Env env) { return *env.GetInstanceData<EnvState>(); }

  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  void set_handler(const Napi::Function& handler) { handler_ = Napi::Persistent(handler); }

  /// From submission to completion of a request: keeps its arrays and the event loop alive.
  void pin(uint64_t ticket, napi_value inputs, napi_value outputs, const std::shared_ptr<runtime::Model>& model);
  void unpin(uint64_t ticket);

  /// Runs `work` on the process's builder thread (or a thread of its own) and settles the promise on this thread; the event loop
  /// stays alive until then.
  using Settle = std::function<Napi::Value(Napi::Env)>;
  Napi::Promise run(std::function<Result<Settle>()> work, bool on_builder);

  Napi::FunctionReference model_constructor;
  Napi::FunctionReference shared_constructor;

 private:
  static void on_wake(napi_env env, napi_value, void* context, void*);
  struct Pinned {
    uint32_t slot = 0;
    std::weak_ptr<runtime::Model> model;
  };
  void drain(Napi::Env env);
  void deliver(Napi::Env env, runtime::BatchResult& result);
  void keep_loop_alive(int delta);

  Napi::Env env_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  napi_threadsafe_function wake_ = nullptr;
  Napi::FunctionReference handler_;
  /// Makes the object that the handler is given; a literal in JavaScript is cheaper than as many properties set from here.
  Napi::FunctionReference make_batch_;
  /// What requests in flight pin: their inputs at 2 · slot of one array, their outputs behind. References apiece would each be a root for the collector.
  Napi::ObjectReference slots_;
  std::vector<uint32_t> free_slots_;
  uint32_t slot_count_ = 0;
  std::unordered_map<uint64_t, Pinned> pinned_;
  int open_work_ = 0;  // promises and requests in flight
};

}  // namespace mindird::addon

#include "addon/env_state.h"

namespace mindird::addon {

void Mailbox::wake_locked() {
  if (closed_ || woken_ || wake_ == nullptr) return;
  woken_ = true;
  napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void Mailbox::complete(runtime::BatchResult&& result) {
  const std::lock_guard lock(mutex_);
  const size_t count = result.outcomes.size();
  if (!closed_) {
    results_.push_back(std::move(result));
    wake_locked();
  }
  outstanding_ -= count;
  settled_.notify_all();
}

void Mailbox::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  tasks_.push_back(std::move(task));
  wake_locked();
}

std::vector<runtime::BatchResult> Mailbox::take_results() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  return std::exchange(results_, {});
}

std::deque<Mailbox::Task> Mailbox::take_tasks() {
  const std::lock_guard lock(mutex_);
  return std::exchange(tasks_, {});
}

void Mailbox::forget_wake() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

void Mailbox::close_and_wait() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  wake_ = nullptr;
  settled_.wait(lock, [&] { return outstanding_ == 0; });
  results_.clear();
  tasks_.clear();
}

}  // namespace mindird::addon

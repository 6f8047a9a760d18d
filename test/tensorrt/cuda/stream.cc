#include "stream.h"

namespace mindird::test_cuda {

Stream::Stream() : thread_([this] { loop(); }) {}

Stream::~Stream() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Stream::push(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (capturing_) {
      captured_.push_back(std::move(work));
      return;
    }
    queue_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void Stream::synchronize() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void Stream::begin_capture() {
  const std::lock_guard lock(mutex_);
  capturing_ = true;
  captured_.clear();
}

Graph* Stream::end_capture() {
  const std::lock_guard lock(mutex_);
  capturing_ = false;
  return new Graph{std::move(captured_)};
}

void Stream::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Work work = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    work();
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace mindird::test_cuda

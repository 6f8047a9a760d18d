#include "runtime/serve/permits.h"

namespace mindird::runtime {

void Permits::acquire(int count) {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = next_ticket_++;
  changed_.wait(lock, [&] { return serving_ == ticket && free_ >= count; });
  ++serving_;
  free_ -= count;
  changed_.notify_all();
}

void Permits::release(int count) {
  const std::lock_guard lock(mutex_);
  free_ += count;
  changed_.notify_all();
}

void Permits::resize(int total) {
  const std::lock_guard lock(mutex_);
  free_ += total - total_;
  total_ = total;
  changed_.notify_all();
}

}  // namespace mindird::runtime

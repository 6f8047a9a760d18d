#include "runtime/queue/permits.h"

#include <algorithm>

namespace mindird::runtime {

int Permits::acquire(int count) {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = next_ticket_++;
  changed_.wait(lock, [&] { return serving_ == ticket && free_ >= std::min(count, total_); });
  const int taken = std::min(count, total_);
  ++serving_;
  free_ -= taken;
  changed_.notify_all();
  return taken;
}

int Permits::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
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

#include "device.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "settings.h"
#include "trace.h"

namespace mindird::test_cuda {
namespace {

std::atomic<bool> initialised{false};
thread_local void* current = nullptr;

/// First come, first served.
class Turns {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    const uint64_t own = next_++;
    changed_.wait(lock, [&] { return serving_ == own; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ++serving_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_ = 0;
  uint64_t serving_ = 0;
};

Turns& turns() {
  static auto* const made = new Turns();
  return *made;
}

}  // namespace

int32_t ready() {
  ++counters().calls;
  if (!initialised) return kNotInitialized;
  if (settings().lost != 0) return kLaunchFailed;
  return current ? kOk : kInvalidContext;
}

bool is_initialised() { return initialised; }
void set_initialised(bool on) { initialised = on; }
void set_current(void* context) {
  ++counters().calls;
  current = context;
}

void run_kernel(const void* stream, void (*function)(void*), void* argument) {
  turns().wait();
  trace(Point::kKernelBegin, stream);
  if (strikes(settings().fail_kernel)) settings().lost = 1;
  if (settings().lost == 0) {
    if (settings().kernel_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(settings().kernel_us));
    function(argument);
    ++counters().kernels;
  }
  trace(Point::kKernelEnd, stream);
  turns().end();
}

}  // namespace mindird::test_cuda

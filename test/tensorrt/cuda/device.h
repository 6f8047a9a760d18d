// The device of the test libcuda: one kernel at a time, whatever stream it is on, as on a GPU that is fully used;
// kernels take turns in the order in which they are ready. After a kernel has failed, the device is lost and answers
// nothing but that, as CUDA does.
#pragma once

#include <cstdint>
#include <functional>

namespace mindird::test_cuda {

enum Answer : int32_t {
  kOk = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kInvalidDevice = 101,
  kInvalidContext = 201,
  kLaunchOutOfResources = 701,
  kLaunchFailed = 719,
  kNotSupported = 801,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901
};

/// What a call of the calling thread is answered with before anything else.
int32_t ready();
bool is_initialised();
void set_initialised(bool on);
void set_current(void* context);

/// Runs a kernel when its turn comes. Its time is settings().kernel_us at least.
void run_kernel(const void* stream, void (*function)(void*), void* argument);

}  // namespace mindird::test_cuda

// How the test libcuda behaves: read from MINDIRD_TEST_CUDA when the library is first used, replaced by mindird_test_cuda_set. The text is a
// list like "devices=1,memory=1000000,fail_alloc=3,kernel_us=500", or "@FILE": the list is the first line of the file, read anew on every use, so
// that a test can change the behaviour of another process.
#pragma once

#include <atomic>
#include <cstdint>

namespace mindird::test_cuda {

struct Settings {
  std::atomic<int64_t> devices{1};
  std::atomic<int64_t> init{0};  // what cuInit answers
  std::atomic<int64_t> driver{13000};
  std::atomic<int64_t> capability{90};
  std::atomic<int64_t> memory{int64_t{1} << 34};  // bytes of the device
  std::atomic<int64_t> fail_alloc{0};             // this allocation from now on fails with out-of-memory; 0: none
  std::atomic<int64_t> fail_launch{0};            // this launch (of a graph or of host code) from now on is refused
  std::atomic<int64_t> fail_kernel{0};            // this kernel from now on fails while it runs, and the device is lost
  std::atomic<int64_t> lost{0};                   // 1: every call fails; 0 brings the device back, which no real driver does
  std::atomic<int64_t> kernel_us{0};              // every launched piece of work takes at least so long
  std::atomic<int64_t> enqueue_us{0};             // the host spends at least so long on every launch
  std::atomic<int64_t> capture{1};                // 0: streams cannot be captured
  std::atomic<int64_t> fail_capture{0};           // this capture from now on is invalidated
};

Settings& settings();

/// True when the counter reaches its end with this call.
bool strikes(std::atomic<int64_t>& countdown);

}  // namespace mindird::test_cuda

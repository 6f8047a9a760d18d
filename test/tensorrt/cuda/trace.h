// What the test libcuda has done: counters, and when the host put work on streams and the device did it. Tests read
// both through the functions mindird_test_cuda_count and mindird_test_cuda_trace, declared below.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mindird::test_cuda {

enum class Point : int32_t { kEnqueueBegin, kEnqueueEnd, kKernelBegin, kKernelEnd };

struct TraceRecord {
  Point point;
  uint64_t stream;  // equal for equal streams
  int64_t ns;       // of the steady clock
};

/// Since the last mindird_test_cuda_forget(). Copies and kernels count when the device does them.
struct Counters {
  std::atomic<int64_t> calls{0};  // of functions that need the driver's context, and of the one that sets it
  std::atomic<int64_t> copies_to_device{0};
  std::atomic<int64_t> copies_to_host{0};
  std::atomic<int64_t> bytes_to_device{0};
  std::atomic<int64_t> bytes_to_host{0};
  std::atomic<int64_t> kernels{0};
  std::atomic<int64_t> graph_launches{0};
  std::atomic<int64_t> captures{0};
  std::atomic<int64_t> events{0};             // recorded by the device
  std::atomic<int64_t> waits{0};              // of the host for a stream
  std::atomic<int64_t> page_locked_bytes{0};  // in use, not forgotten
  std::atomic<int64_t> context_flags{0};      // of the primary context, not forgotten
};
Counters& counters();

/// Adds a record; beyond a million of them nothing is added.
void trace(Point point, const void* stream);

// Exported, for dlsym:
//   int64_t mindird_test_cuda_count(const char* name);                              name as in Counters; -1: there is
//   none of that name size_t  mindird_test_cuda_trace(mindird::test_cuda::TraceRecord* to, size_t most);   copies the
//   oldest, returns how many there are void    mindird_test_cuda_forget();

}  // namespace mindird::test_cuda

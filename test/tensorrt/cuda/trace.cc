#include "trace.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <mutex>
#include <vector>

namespace mindird::test_cuda {
namespace {

constexpr size_t kMostRecords = 1'000'000;

struct Records {
  std::mutex mutex;
  std::vector<TraceRecord> all;
};

Records& records() {
  static auto* const made = new Records();
  return *made;
}

}  // namespace

Counters& counters() {
  static auto* const made = new Counters();
  return *made;
}

void trace(Point point, const void* stream) {
  const int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  const std::lock_guard lock(records().mutex);
  if (records().all.size() < kMostRecords) records().all.push_back({point, reinterpret_cast<uint64_t>(stream), now});
}

}  // namespace mindird::test_cuda

using namespace mindird::test_cuda;

extern "C" __attribute__((visibility("default"))) int64_t mindird_test_cuda_count(const char* name) {
  Counters& c = counters();
  const std::array<std::pair<const char*, const std::atomic<int64_t>*>, 12> all = {{{"calls", &c.calls},
                                                                                    {"copies_to_device", &c.copies_to_device},
                                                                                    {"copies_to_host", &c.copies_to_host},
                                                                                    {"kernels", &c.kernels},
                                                                                    {"graph_launches", &c.graph_launches},
                                                                                    {"captures", &c.captures},
                                                                                    {"bytes_to_device", &c.bytes_to_device},
                                                                                    {"bytes_to_host", &c.bytes_to_host},
                                                                                    {"events", &c.events},
                                                                                    {"waits", &c.waits},
                                                                                    {"context_flags", &c.context_flags},
                                                                                    {"page_locked_bytes", &c.page_locked_bytes}}};
  for (const auto& [known, value] : all) {
    if (std::strcmp(known, name) == 0) return *value;
  }
  return -1;
}

extern "C" __attribute__((visibility("default"))) size_t mindird_test_cuda_trace(TraceRecord* to, size_t most) {
  const std::lock_guard lock(records().mutex);
  std::copy_n(records().all.begin(), std::min(most, records().all.size()), to);
  return records().all.size();
}

extern "C" __attribute__((visibility("default"))) void mindird_test_cuda_forget() {
  Counters& c = counters();
  for (auto* counter : {&c.calls, &c.copies_to_device, &c.copies_to_host, &c.bytes_to_device, &c.bytes_to_host, &c.kernels, &c.graph_launches, &c.captures,
                        &c.events, &c.waits})
    *counter = 0;
  const std::lock_guard lock(records().mutex);
  records().all.clear();
}

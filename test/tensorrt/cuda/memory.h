// Memory of the test libcuda: the device's is the host's with its limits remembered, so that a copy beyond an allocation is refused; of the
// host's, what is page-locked is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace mindird::test_cuda {

class Memory {
 public:
  static Memory& instance();
  /// 0 when the device has not that much left.
  uint64_t allocate(size_t bytes);
  bool free(uint64_t address);
  /// Whether all of [address, address + bytes) lies in one allocation.
  bool contains(uint64_t address, size_t bytes);
  size_t used();

 private:
  std::mutex mutex_;
  std::map<uint64_t, size_t> blocks_;
  size_t used_ = 0;
};

/// Page-locked memory of the host.
class HostMemory {
 public:
  static HostMemory& instance();
  /// Null when there is no memory.
  void* allocate(size_t bytes);
  bool free(void* memory);
  bool contains(const void* memory, size_t bytes);

 private:
  std::mutex mutex_;
  std::map<uint64_t, size_t> blocks_;
};

}  // namespace mindird::test_cuda

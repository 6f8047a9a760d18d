// The device memory an execution context works in, from the driver like the real library's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mindird::test_nvinfer {

class Scratch {
 public:
  explicit Scratch(size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  /// False when the device has not that much left.
  bool ok() const { return bytes_ == 0 || memory_ != 0; }

 private:
  size_t bytes_;
  uint64_t memory_ = 0;
};

}  // namespace mindird::test_nvinfer

// Bytes the library hands out.
#pragma once

#include <string>

#include "defaults.h"

namespace mindird::test_nvinfer {

class HostMemory final : public nvinfer1::IHostMemory, public defaults::HostMemory {
 public:
  explicit HostMemory(std::string bytes) : bytes_(std::move(bytes)) { mImpl = this; }
  void* data() const noexcept override { return const_cast<char*>(bytes_.data()); }
  std::size_t size() const noexcept override { return bytes_.size(); }
  nvinfer1::DataType type() const noexcept override { return nvinfer1::DataType::kINT8; }

 private:
  std::string bytes_;
};

}  // namespace mindird::test_nvinfer

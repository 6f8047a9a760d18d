// Times of kernels that earlier builds on this device measured, so that a build measures only kernels it meets for the first time. One file per
// version of TensorRT and device. It is never needed: whatever is wrong with it costs a warning and time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engines/tensorrt/library.h"
#include "engines/tensorrt/plan_file.h"

namespace mindird::engines::tensorrt {

/// For one build; must outlive its builder.
class TimingCache {
 public:
  /// `folder` empty: nothing is kept.
  TimingCache(const Library& library, const std::string& folder);

  /// Reads the file and gives it to the build.
  void open(trt::IBuilderConfig& config);
  /// After the build: writes what it measured, together with what other processes wrote meanwhile.
  void save(const trt::IBuilderConfig& config);
  /// "none", "0 bytes before, 1832 after", "1832 bytes, no kernel measured anew"
  std::string note() const;

 private:
  void warn(const std::string& message) const;
  /// TensorRT's bytes in the file; empty when there is none or it is damaged, which is told.
  std::vector<std::byte> read() const;
  Status write(std::span<const std::byte> cache) const;

  const Library& library_;
  std::filesystem::path file_;  // empty: nothing is kept
  PlanTraits traits_;
  Owned<trt::ITimingCache> cache_;
  std::vector<std::byte> before_;
  size_t after_ = 0;
  bool unchanged_ = false;
};

}  // namespace mindird::engines::tensorrt

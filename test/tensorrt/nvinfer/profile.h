// Optimisation profiles of the test libnvinfer: dimensions are taken as they are set and checked as a whole when an engine is built.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "defaults.h"
#include "engines/tensorrt/types.h"

namespace mindird::test_nvinfer {

using namespace nvinfer1;

class Profile final : public IOptimizationProfile, public defaults::OptimizationProfile {
 public:
  Profile() { mImpl = this; }
  bool setDimensions(char const* name, OptProfileSelector select, Dims const& dims) noexcept override;
  Dims getDimensions(char const* name, OptProfileSelector select) const noexcept override;
  bool isValid() const noexcept override;

  /// The shapes of the network's inputs with this profile. An error names the rule that is broken; the test library builds for one shape per profile.
  Result<std::vector<Shape>> shapes(std::span<const std::string> names, std::span<const Shape> network) const;

 private:
  /// Minimum, optimum, maximum.
  std::map<std::string, std::array<std::optional<Shape>, 3>> inputs_;
};

}  // namespace mindird::test_nvinfer

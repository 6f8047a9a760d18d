// Prints a model file at a stage of its way: file | graph | optimized | partitions | plan; or what its steps take: profile.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "engines/engine.h"
#include "mindir/module.h"
#include "tensor/tensor.h"

namespace mindird::runtime {

struct InspectOptions {
  std::string stage;
  std::vector<std::string> engines;
  engines::Precision precision = engines::Precision::kOrigin;
  std::vector<std::string> keep_fp32;
  bool short_weights = false;
  bool json = false;
  mindir::ReadOptions read;
  /// Shapes for the inputs; empty: every unknown size is 1.
  std::vector<Shape> shapes;
  /// Of one run; 0: as many as models have that do not say. Stage "profile" alone is also told how long it runs.
  int threads = 0;
  double seconds = 2;
};

Result<std::string> inspect(const std::string& path, const InspectOptions& options);

}  // namespace mindird::runtime

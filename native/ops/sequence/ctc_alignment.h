// What the operators of connectionist temporal classification share: sums of probabilities by their logarithms, and labels with blanks between them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace mindird::ops {

/// The logarithm of 0.
inline constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// log(exp(a) + exp(b)).
inline double log_sum(double a, double b) {
  const double high = std::max(a, b);
  return high == kImpossible ? kImpossible : high + std::log1p(std::exp(std::min(a, b) - high));
}

/// Blank, first label, blank, second label, …, blank.
inline std::vector<int64_t> with_blanks(std::span<const int64_t> labels, int64_t blank) {
  std::vector<int64_t> out{blank};
  for (const int64_t label : labels) {
    out.push_back(label);
    out.push_back(blank);
  }
  return out;
}

}  // namespace mindird::ops

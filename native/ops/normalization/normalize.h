// What normalisation operators share: parameters as doubles, and mean and deviation of a block.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "ops/support.h"

namespace mindird::ops {

/// The elements of a floating tensor; for per-channel parameters.
std::vector<double> to_doubles(const Tensor& tensor);

/// Inputs from `first` on have the dtype of input 0, or are all f32 beside f16 or bf16 data.
Status expect_parameter_dtype(std::span<const TensorType> in, size_t first);

struct Moments {
  double mean;
  double scale;  // 1 / sqrt(variance + epsilon)
};

/// Two passes, so that a large mean does not swallow the variance.
template <class T>
Moments moments(std::span<const T> x, double epsilon) {
  const auto n = static_cast<double>(x.size());
  double sum = 0;
  for (T v : x) sum += widen(v);
  const double mean = sum / n;
  double squares = 0;
  for (T v : x) squares += (widen(v) - mean) * (widen(v) - mean);
  return {mean, 1 / std::sqrt(squares / n + epsilon)};
}

/// y = x * factor + shift per channel: blocks of `inner` elements, channel = block number modulo the channel count.
template <class T>
void scale_channels(std::span<const T> x, std::span<T> y, size_t inner, std::span<const double> factor, std::span<const double> shift) {
  const size_t channels = factor.size();
  for (size_t at = 0, block = 0; at < x.size(); at += inner, ++block) {
    const double a = factor[block % channels];
    const double b = shift[block % channels];
    for (size_t i = at; i < at + inner; ++i) y[i] = narrow<T>(widen(x[i]) * a + b);
  }
}

}  // namespace mindird::ops

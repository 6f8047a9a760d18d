// Pointwise convolution (a kernel of one pixel) in channels-last memory whose output channels end in half a vector of 16, which a product in such vectors
// computes for nothing: y[pixels, columns] = x[pixels, depth] * w + bias, then the epilogue, in vectors of 8. A block of pixels stays in registers over the
// whole depth.
#pragma once

#include "engines/cpu/kernels/epilogue.h"

namespace mindird::engines::cpu {

struct NarrowShape {
  int64_t depth = 0;    // input channels
  int64_t columns = 0;  // output channels, an odd multiple of 8

  /// Of the packed weights, the biases behind them.
  int64_t weight_floats() const { return columns * (depth + 1); }
};

struct NarrowData {
  const float* x = nullptr;
  const float* weights = nullptr;   // packed
  const float* residual = nullptr;  // null: none; of y's shape and layout
  float* y = nullptr;
};

/// Weights [columns][depth] and biases (null: none) in groups of up to 5 vectors of columns, each depth-major, and all biases behind them.
void pack_narrow(const NarrowShape& shape, const float* weights, const float* bias, float* out);

/// Pixels [first, last). Every pixel is summed up in the same order wherever it lies.
void multiply_narrow(const NarrowShape& shape, const NarrowData& data, const Epilogue& epilogue, int64_t first, int64_t last);

}  // namespace mindird::engines::cpu

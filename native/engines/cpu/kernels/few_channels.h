// Convolution of few channels into channels-last memory, as networks on images begin: a vector holds the output channels of one pixel, and a block of pixels
// stays in registers over the whole kernel. No weight is read more than once for a block, and nothing is copied beforehand: x is read as it lies.
#pragma once

#include "engines/cpu/kernels/epilogue.h"

namespace mindird::engines::cpu {

struct FewChannelsShape {
  int64_t height = 0, width = 0;  // of x
  int64_t out_height = 0, out_width = 0;
  int64_t in_channels = 0, out_channels = 0;
  int64_t kernel_height = 0, kernel_width = 0;
  int64_t stride_height = 1, stride_width = 1;
  int64_t pad_top = 0, pad_left = 0;
  /// x is plain: its channels lie apart, each as an image; else channels last.
  bool plain = false;

  /// How many images of `interleaved` channels an input image consists of.
  int64_t planes() const { return plain ? in_channels : 1; }
  int64_t interleaved() const { return plain ? 1 : in_channels; }
  /// Output channels of a vector.
  int64_t lanes() const { return out_channels <= 8 ? 8 : kLanes; }
  int64_t vectors() const { return (out_channels + lanes() - 1) / lanes(); }
  int64_t taps() const { return kernel_height * kernel_width * in_channels; }
  /// Of the packed weights, the biases behind them.
  int64_t weight_floats() const { return vectors() * lanes() * (taps() + 1); }
};

struct FewChannelsData {
  const float* x = nullptr;
  const float* weights = nullptr;  // packed
  float* y = nullptr;
};

/// Weights [oc][ic][kh][kw] and biases (null: none) as [vectors][kh][planes][kw][interleaved][lanes] and [vectors][lanes], what lies beyond the
/// channels 0.
void pack_few_channels(const FewChannelsShape& shape, const float* weights, const float* bias, float* out);

/// Rows [first, last) of the output, those of all images one after the other. Every pixel is summed up in the same order wherever it lies.
void convolve_few_channels(const FewChannelsShape& shape, const FewChannelsData& data, const Epilogue& epilogue, int64_t first, int64_t last);

}  // namespace mindird::engines::cpu

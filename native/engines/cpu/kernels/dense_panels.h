// Matrix product of a few rows with weights packed in panels: y[rows, columns] = x[rows, depth] * w + bias, then the epilogue.
// A panel holds `width` neighbouring columns, depth-major, so that the weights stream through once in memory order: at few rows the
// product is bound by that stream. Every row is computed by the same instructions in the same order, whatever the number of rows.
#pragma once

#include "engines/cpu/kernels/epilogue.h"
#include "tensor/half.h"

namespace mindird::engines::cpu {

inline constexpr int64_t kMaxDenseRows = 6;

struct DenseShape {
  int64_t rows = 1;
  int64_t depth = 0;
  int64_t columns = 0;
  int64_t width = 64;        // columns of a panel, a multiple of 16
  int64_t panel_stride = 0;  // elements from one panel to the next
};

/// A weight as a whole number of steps, 32767 of which are the largest of its column.
struct Fixed16 {
  int16_t steps = 0;
};

/// Weight: float, BFloat16 or Fixed16; products and sums are floats.
template <class Weight>
struct DenseData {
  const float* x = nullptr;
  const Weight* weights = nullptr;
  const float* bias = nullptr;      // null: none
  const float* residual = nullptr;  // null: none
  float* y = nullptr;
  const float* scales = nullptr;  // of Fixed16: 32768 steps of each column, for whole panels
};

/// Panels [first, last) of at most kMaxDenseRows rows.
template <class Weight>
void dense_panels(const DenseShape& shape, const DenseData<Weight>& data, const Epilogue& epilogue, int64_t first, int64_t last);

}  // namespace mindird::engines::cpu

// Weights of a matrix product in 16 bits: each column in whole steps of a 32767th of its largest magnitude, with a scale of its own. That rounds three times
// less than float16 and thirty times less than bfloat16 where weights are spread as they usually are, and is widened by two cheap instructions.
// In a panel the columns of two neighbouring vectors alternate.
#pragma once

#include <span>

#include "engines/cpu/kernels/dense_panels.h"

namespace mindird::engines::cpu {

/// Rows up to which the kernel takes a product: it goes over a panel once for each kMaxDenseRows of them.
inline constexpr int64_t kMaxFixedRows = 24;

/// A matrix of floats somewhere in memory: element (k, c) at data[k * row_stride + c * column_stride].
struct GivenMatrix {
  const float* data = nullptr;
  int64_t depth = 0;
  int64_t columns = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 0;
};

/**
 * Rounds a matrix into panels of `width` columns; `panels` and `scales` hold whole panels, and what lies beyond the columns becomes 0. The result is what
 * rounding costs the worst column: the root of its mean square error against its mean magnitude; infinite where a weight is no finite number.
 */
double round_to_fixed(const GivenMatrix& given, int64_t width, std::span<Fixed16> panels, std::span<float> scales);

/// Panels [first, last) of at most kMaxFixedRows rows; the width of a panel is a multiple of 32.
void dense_fixed(const DenseShape& shape, const DenseData<Fixed16>& data, const Epilogue& epilogue, int64_t first, int64_t last);

}  // namespace mindird::engines::cpu

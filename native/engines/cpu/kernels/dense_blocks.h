// Matrix product of many rows with the panels that few rows read (dense_panels.h): a block of rows and one panel's columns stay in registers over a part of the
// depth, so that the part of the panel stays in a near cache while all rows of a chunk pass it.
#pragma once

#include "engines/cpu/kernels/dense_panels.h"

namespace mindird::engines::cpu {

/// Columns of a panel.
inline constexpr int64_t kBlockColumns = 64;

/// How many units of work there are: panels, times chunks of rows.
int64_t dense_block_units(const DenseShape& shape);

/// Units [first, last); the panels are `kBlockColumns` wide. With `gelu` what the epilogue left goes through that function. Every row is summed up in the order
/// in which few rows are.
void dense_blocks(const DenseShape& shape, const DenseData<float>& data, const Epilogue& epilogue, bool gelu, int64_t first, int64_t last);

}  // namespace mindird::engines::cpu

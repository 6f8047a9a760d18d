// Cubic convolution along rows and columns with the weights of PyTorch and ONNX, which ResizeBicubic with half pixels does not have.
#pragma once

#include <array>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// x [N,C,H,W] with H and W made `size`, by the cubic kernel of coefficient `a` over four elements; positions beyond the border count as those at the border.
/// Without `align_corners` positions are those of centres: (o + 0.5) * old / new - 0.5.
Result<ir::ValueId> resize_cubic(Call& call, ir::ValueId x, std::array<int64_t, 2> size, bool align_corners, double a);

}  // namespace mindird::mindir

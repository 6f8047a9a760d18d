// What operators that sample images at computed positions share.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// Positions in pixels as those of a grid whose -1 and 1 are the centres of the outer ones of `size` pixels. A single pixel has one position: 0.
Result<ir::ValueId> as_grid(Call& call, ir::ValueId pixels, int64_t size);

}  // namespace mindird::mindir

// Padding that repeats the edge or goes on at the other end, out of slices and joins.
#pragma once

#include <vector>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// `pairs`: elements before and after of each dimension, first dimension first; negative ones are cut off. The new elements are those at the edge.
Result<ir::ValueId> pad_with_edge(Call& call, ir::ValueId x, const std::vector<int64_t>& pairs);

/// The same, but the tensor is repeated in all directions; by its size at most.
Result<ir::ValueId> pad_in_circle(Call& call, ir::ValueId x, const std::vector<int64_t>& pairs);

}  // namespace mindird::mindir

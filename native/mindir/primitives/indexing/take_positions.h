// Elements taken from fixed positions: how diagonals are made and read.
#pragma once

#include <span>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/**
 * The last `own` dims of each part are one list, the lists of all parts lie behind one another, and `table` says which element comes from where; the other
 * dims, those of the first part, stay. A part of rank 0 is one element for all of them. The result has the shape `dims`.
 */
Result<ir::ValueId> take_positions(Call& call, std::vector<ir::ValueId> parts, size_t own, std::span<const int64_t> table, std::vector<int64_t> dims);

}  // namespace mindird::mindir

// What primitives that create constants share.
#pragma once

#include <vector>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// Most elements such a constant may have: a few bytes of a file describe them all.
inline constexpr int64_t kMaxCreated = int64_t{1} << 24U;

/// Refuses counts below 0 and above kMaxCreated.
Status expect_created(int64_t count);
/// A constant of these numbers in an element type; integers are cut towards zero.
Result<ir::ValueId> numbers(Call& call, const std::vector<double>& values, Shape shape, DType dtype);

}  // namespace mindird::mindir

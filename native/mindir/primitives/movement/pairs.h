// Lists of pairs, as paddings and crops are written.
#pragma once

#include <vector>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// Pairs written as a tuple of pairs, a flat list or a constant of shape [n, 2], one after the other.
Result<std::vector<int64_t>> pairs_of(Call& call, const Item& item);

}  // namespace mindird::mindir

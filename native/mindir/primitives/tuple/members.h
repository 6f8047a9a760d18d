// What the primitives of tuples share.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// The members of the tuple at a position.
Result<const Items*> members(const Call& call, size_t position);

/// A tuple item whose members are charged to the file's budget.
Result<Item> charged_tuple(Call& call, Items items);

/// True when both are the same known numbers, texts, None or tuples of such; refused where a member is known only at run time.
Result<bool> same(Call& call, const Item& x, const Item& y);

/// Start, stop and step as Python's slices have them, for `count` members: the positions they pick.
Result<std::vector<size_t>> slice_positions(Call& call, size_t first_argument, size_t count);

}  // namespace mindird::mindir

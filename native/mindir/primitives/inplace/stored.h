// The value a memory holds after a write.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// `value` as what the first input holds from now on, in its shape and element type. Like in MindSpore, what computes with the old value may not turn numbers
/// into integers or truth values that were none.
Result<Item> stored(Call& call, ir::ValueId value);

/// `value` in the shape and element type of the first input, converted and repeated as needed.
Result<Item> filled(Call& call, ir::ValueId value);

}  // namespace mindird::mindir

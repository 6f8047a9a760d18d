// Implicit conversion of operands of different element types, as MindSpore does it: bool < integers < floats, the wider one within a kind;
// Python scalars adopt the tensor's type unless their kind is higher.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// The element type two tensors meet in; nothing when MindSpore has none (uint64 with a signed integer).
std::optional<DType> promoted(DType a, DType b);

/// The inputs at some positions as tensors of one element type.
Result<std::vector<ir::ValueId>> operands(Call& call, std::span<const size_t> positions);

/// Inputs 0 and 1 as tensors of one element type.
Result<std::pair<ir::ValueId, ir::ValueId>> operands(Call& call);

/// The same, but integers become float32: for division and other functions into the reals.
Result<std::pair<ir::ValueId, ir::ValueId>> floating_operands(Call& call);

/// x rounded towards zero.
Result<ir::ValueId> truncated(Call& call, ir::ValueId x);

}  // namespace mindird::mindir

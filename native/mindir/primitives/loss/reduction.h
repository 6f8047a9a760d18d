// What losses share: how the values of the elements become the result.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

enum class LossReduction : uint8_t { kSum, kMean, kNone };

/// The argument "reduction": sum, mean or none, as text or as MindSpore's number. Without `missing` it must be there.
Result<LossReduction> loss_reduction(const Call& call, size_t position, std::optional<LossReduction> missing = std::nullopt);
/// All elements added or averaged to rank 0, or as they are.
Result<ir::ValueId> reduce_loss(Call& call, ir::ValueId values, LossReduction reduction);

}  // namespace mindird::mindir

// What normalisations share.
#pragma once

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// A normalisation's result, and further results for training, which are not provided.
Item with_statistics(ir::ValueId y, size_t results);

/// (x - mean) / sqrt(variance + epsilon) * scale + bias with mean and variance of this very batch.
Result<ir::ValueId> normalise_batch(Call& call, ir::ValueId x, ir::ValueId scale, ir::ValueId bias, double epsilon);

}  // namespace mindird::mindir

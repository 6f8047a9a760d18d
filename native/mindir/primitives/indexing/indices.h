// Index tensors as primitives take them: one of integers, or a tuple of one per dimension; and tensors and types that are made up for them.
#pragma once

#include <span>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

/// A value as int32 or int64 indices; refuses what does not hold integers.
Result<ir::ValueId> as_indices(Call& call, ir::ValueId index);
/// The positional input as int32 or int64 indices.
Result<ir::ValueId> index_tensor(Call& call, size_t position);
/// Indices of the leading dimensions, broadcast against each other, as one int64 tensor whose last dimension addresses an element or slice (GatherNd,
/// ScatterNd).
Result<ir::ValueId> joined_indices(Call& call, std::span<const ir::ValueId> indices);
/// Indices of rank 1 along `axis`, repeated to the shape of what lies at them in `like` (GatherElements, ScatterElements).
Result<ir::ValueId> spread_indices(Call& call, ir::ValueId index, size_t axis, Shape like);
/// A constant of int64 numbers.
Result<ir::ValueId> integer_constant(Call& call, std::span<const int64_t> values, std::vector<int64_t> dims);
/// A tensor of one value throughout.
Result<ir::ValueId> full(Call& call, double value, TensorType type);
/// The element type that an argument names; `missing` where it is None or absent.
Result<DType> element_type_or(Call& call, std::string_view name, size_t position, DType missing);
/// 0, 1, … count - 1 as int64. A count that no model has a use for is refused.
Result<ir::ValueId> iota(Call& call, int64_t count);

/// Most elements of a constant that a primitive makes up: positions, triangles, ranges.
inline constexpr int64_t kMaxMadeElements = int64_t{1} << 24U;

}  // namespace mindird::mindir

// Sizes tried for the dimensions that a model leaves open, to find what its outputs are.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ir/graph.h"
#include "mindir/module.h"

namespace mindird::runtime {

/// For dimensions other than the first. They must often be at least as large as a kernel, so larger ones come first.
inline constexpr std::array<int64_t, 4> kProbeSizes{64, 16, 4, 1};

/// Input shapes with every unknown dim set: dim 0 to `rows`, the others to `size`.
std::vector<Shape> probe_shapes(const mindir::Module& module, int64_t rows, int64_t size);

/// Output types of the first graph with every dim that differs in the second unknown.
std::vector<TensorType> common_types(const ir::Graph& a, const ir::Graph& b);

/// Output types of a model that does not take two rows, or not any other number: the same where it takes one and a multiple of it, every dim unknown
/// where it takes one that was tried alone. Nothing where it takes none.
std::optional<std::vector<TensorType>> find_output_types(const mindir::Module& module, bool batch_alone);

}  // namespace mindird::runtime

// What passes ask of constants (one value everywhere? one per channel?) and how they make new ones, for every floating
// element type; sums and products are made in double and rounded once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "tensor/tensor.h"

namespace mindird::passes {

/// The elements as doubles (integers beyond 2^53 lose digits); nothing for bool and for constants of more than 2^26
/// elements.
std::optional<std::vector<double>> values_of(const Constant& constant);

/// The one value all elements of a constant have; nothing when `value` is no constant, has no elements, differs among
/// elements or is NaN.
std::optional<double> uniform_value(const ir::Graph& graph, ir::ValueId value);

/**
 * The values a floating constant takes along dim `axis` of `shape` when it is broadcast to `shape`, provided that it is
 * the same along all other dims and does not enlarge the shape: one value per channel. Nothing otherwise.
 */
std::optional<std::vector<double>> channel_values(const ir::Graph& graph, ir::ValueId value, const Shape& shape, size_t axis);

/// A floating constant; an error when a finite value does not fit the type (float16), so that callers can leave the
/// graph as it is.
Result<ConstantPtr> make_floats(const TensorType& type, std::span<const double> values);

/// A floating constant of the same type whose elements in the run [k * run, (k + 1) * run) are multiplied by factor(k *
/// run); fails as make_floats does.
Result<ConstantPtr> scale_floats(const Constant& constant, int64_t run, const std::function<double(int64_t first)>& factor);

}  // namespace mindird::passes

// What If and Loop share: types of the graphs they hold, and running one of them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "ir/op.h"

namespace mindird::ops {

/// Types of a graph's inputs and outputs.
ir::Types input_types(const ir::Graph& graph);
ir::Types output_types(const ir::Graph& graph);

/// What two ways of computing one value have in common: equal elements and rank, dimensions that differ unknown. `what` names the value in the error.
Result<TensorType> common_type(const TensorType& a, const TensorType& b, std::string_view what);

/// Whether a tensor of type `given` may stand where `want`, which may have unknown dimensions, is expected.
bool fits(const TensorType& given, const TensorType& want);
/// Each of `in` fits what the graph wants; as many.
Status expect_inputs(const ir::Graph& body, std::span<const TensorType> in);

/// One element of type bool.
Status expect_flag(const TensorType& type, std::string_view what);

/// Copies results to outputs[i], allocating those whose sizes are not known or others.
Status deliver(std::span<const Tensor> results, const ir::EvalArgs& args);

/// Work of one evaluation of a graph; values of unknown size count nothing.
double work_of(const ir::Graph& graph);

}  // namespace mindird::ops

// Whether constants survive in a lower number format.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "ir/graph.h"

namespace mindird::passes {

/// Largest finite magnitude of f16, bf16 or f32, and the least one with all its digits.
double largest_of(DType dtype);
double smallest_normal_of(DType dtype);

/// What the constants of one graph hold, each looked through once.
class ConstantRanges {
 public:
  explicit ConstantRanges(const ir::Graph& graph) : graph_(graph) {}

  /// Largest finite magnitude of a value that is a floating constant; 0 for others.
  double largest(ir::ValueId value) const;

  /// Why the constants that a node reads cannot be of type `low`: one has elements beyond its range, or nothing but elements that vanish in
  /// it. An offset that vanishes does no harm to a sum of products, so the bias of a Conv or MatMul is asked for its range alone. Nothing: they can.
  std::optional<std::string> unfit(const ir::Node& node, DType low) const;

 private:
  const ir::Graph& graph_;
  mutable std::unordered_map<ir::ValueId, double> largest_;
};

/// The constant in another floating type, each element rounded once.
Result<ConstantPtr> convert_constant(const Constant& constant, DType to);

}  // namespace mindird::passes

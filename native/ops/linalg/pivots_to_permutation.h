// PivotsToPermutation: the order of rows after the exchanges of LuFactor: input pivots i32 [..., k], k <= size, output i32 [..., size], where row i of P A is
// row permutation[i] of A. A pivot that is no row is an error.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct PivotsToPermutation final : ir::Op {
  static constexpr std::string_view kId = "PivotsToPermutation";

  int64_t size = 0;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
};

}  // namespace mindird::ops

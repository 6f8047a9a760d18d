// Tile: Repeats x `repeats[i]` times along dim i.
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct Tile final : ir::Op {
  static constexpr std::string_view kId = "Tile";

  std::vector<int64_t> repeats;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops

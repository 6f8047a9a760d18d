// Conv: Convolution (cross-correlation) over 1 to 3 spatial dims. Inputs x [N,C,spatial…], w [O,C/groups,kernel…], optional bias [O].
// stride, dilation, pad_begin and pad_end have one entry per spatial dim; padding is zeros.
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct Conv final : ir::Op {
  static constexpr std::string_view kId = "Conv";

  std::vector<int64_t> stride;
  std::vector<int64_t> dilation;
  std::vector<int64_t> pad_begin;
  std::vector<int64_t> pad_end;
  int64_t groups = 1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops

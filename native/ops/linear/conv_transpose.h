// ConvTranspose: Transposed convolution over 1 to 3 spatial dims. Inputs x [N,C,spatial…], w [C,O/groups,kernel…], optional bias [O].
// Output size per dim: (in - 1) * stride + dilation * (kernel - 1) + 1 - pad_begin - pad_end + output_padding (extra zeros-fed rows at the end).
#pragma once

#include <vector>

#include "ir/op.h"

namespace mindird::ops {

struct ConvTranspose final : ir::Op {
  static constexpr std::string_view kId = "ConvTranspose";

  std::vector<int64_t> stride;
  std::vector<int64_t> dilation;
  std::vector<int64_t> pad_begin;
  std::vector<int64_t> pad_end;
  std::vector<int64_t> output_padding;
  int64_t groups = 1;

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops

// SelectDetections: Per image and class, boxes [B,N,1 or C,4] (corners) by descending score [B,N,C], without those that overlap a better one of their class;
// then the best of all classes. Further inputs are scalars: how many of each class and how many in all at most (i32), the share of the area that two boxes
// cover beyond which the second is dropped, and the score that a detection exceeds. Results: boxes [B,rows,4], scores [B,rows], classes [B,rows] as numbers of
// the same type, the rest of the rows 0, and how many there are, i32 [B].
#pragma once

#include "ir/op.h"

namespace mindird::ops {

struct SelectDetections final : ir::Op {
  static constexpr std::string_view kId = "SelectDetections";

  static constexpr int64_t kMostRows = int64_t{1} << 22U;

  int64_t rows = -1;    // what the limits come to, or -1 where they are known only at run time
  bool narrow = false;  // no more rows than all classes can fill
  bool clip = false;    // corners of the result lie in [0, 1]

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.data_dependent = rows < 0}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;

  /// Rows of the result for these limits and this many classes.
  int64_t rows_for(int64_t per_class, int64_t total, int64_t classes) const;
};

}  // namespace mindird::ops

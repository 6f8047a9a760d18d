#include "ops/movement/triangle.h"

#include <algorithm>
#include <cstring>

#include "ops/support.h"

namespace mindird::ops {

void Triangle::attributes(ir::AttributeVisitor& v) {
  v.field("upper", upper);
  v.field("diagonal", diagonal);
}

Result<ir::Types> Triangle::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_rank(in, 0, 2));
  return one_output(in[0]);
}

Status Triangle::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const int64_t total = y.elements();
  if (total == 0) return {};
  const size_t rank = y.shape().rank();
  const int64_t rows = y.shape()[rank - 2];
  const int64_t columns = y.shape()[rank - 1];
  const size_t width = dtype_size(y.dtype());
  // Diagonals further out keep or drop everything, as these limits do.
  const int64_t first = std::clamp(diagonal, -rows, columns);
  for (int64_t r = 0; r < total / columns; ++r) {
    // Lower keeps the diagonal itself too, hence the 1.
    const int64_t split = std::clamp<int64_t>(r % rows + first + (upper ? 0 : 1), 0, columns);
    const size_t left = static_cast<size_t>(split) * width;
    const size_t right = static_cast<size_t>(columns - split) * width;
    const size_t row = static_cast<size_t>(r * columns) * width;
    if (upper) {
      std::memset(y.data + row, 0, left);
      std::memcpy(y.data + row + left, x.data + row + left, right);
    } else {
      std::memcpy(y.data + row, x.data + row, left);
      std::memset(y.data + row + left, 0, right);
    }
  }
  return {};
}

std::optional<ir::BatchAxis> Triangle::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  // The last two dims decide by position what is kept.
  if (batch.axis + 2 >= static_cast<int64_t>(args.inputs[0].shape.rank())) return std::nullopt;
  return batch;
}

REGISTER_OP(Triangle);

}  // namespace mindird::ops

#include "ops/movement/tile.h"

#include "base/checked.h"
#include "ops/movement/strided_copy.h"
#include "ops/support.h"

namespace mindird::ops {

void Tile::attributes(ir::AttributeVisitor& v) { v.field("repeats", repeats); }

Result<ir::Types> Tile::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_count("repeats", repeats, in[0].shape.rank()));
  std::vector<int64_t> dims;
  for (size_t i = 0; i < repeats.size(); ++i) {
    const auto d = repeats[i] < 0 ? std::nullopt : checked_mul(in[0].shape[i], repeats[i]);
    if (!d) return invalid_argument(str("repeats[", i, "] is ", repeats[i], ", want 0 or more and a size that fits"));
    dims.push_back(*d);
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Tile::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  std::array<int64_t, kMaxRank> x_strides{};
  std::array<int64_t, kMaxRank> y_strides{};
  int64_t x_stride = 1;
  int64_t y_stride = 1;
  for (size_t i = repeats.size(); i-- > 0;) {
    x_strides[i] = x_stride;
    y_strides[i] = y_stride;
    x_stride *= x.shape()[i];
    y_stride *= y.shape()[i];
  }
  StridedCopy copy(x.dtype(), x.data, y.data);
  for (size_t i = 0; i < repeats.size(); ++i) {
    const int64_t extent = x.shape()[i];
    copy.add_dim(repeats[i], 0, extent * y_strides[i]);
    copy.add_dim(extent, x_strides[i], y_strides[i]);
  }
  copy.run();
  return {};
}

std::optional<ir::BatchAxis> Tile::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis >= 0 && repeats[static_cast<size_t>(batch.axis)] != 1) return std::nullopt;
  return batch;
}

REGISTER_OP(Tile);

}  // namespace mindird::ops

#include "mindir/primitives/normalization/statistics.h"

namespace mindird::mindir {

using ops::BinaryKind;

Item with_statistics(ir::ValueId y, size_t results) {
  Items items(results, Item(Unavailable{"the statistics of a normalisation are not provided"}));
  items[0] = Computed{y};
  return make_tuple(std::move(items));
}

Result<ir::ValueId> normalise_batch(Call& call, ir::ValueId x, ir::ValueId scale, ir::ValueId bias, double epsilon) {
  std::vector<int64_t> axes;
  std::vector<int64_t> per_channel(call.rank(x), 1);
  for (size_t i = 0; i < call.rank(x); ++i) {
    if (i != 1) axes.push_back(static_cast<int64_t>(i));
  }
  per_channel[1] = call.shape(x)[1];
  TRY_ASSIGN(const ir::ValueId mean, call.reduce(ops::ReduceKind::kMean, x, axes, true));
  TRY_ASSIGN(const ir::ValueId centred, call.binary(BinaryKind::kSub, x, mean));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(ops::UnaryKind::kSquare, centred));
  TRY_ASSIGN(const ir::ValueId variance, call.reduce(ops::ReduceKind::kMean, squares, axes, true));
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kAdd, variance, epsilon));
  TRY_ASSIGN(const ir::ValueId inverse, call.unary(ops::UnaryKind::kRsqrt, shifted));
  TRY_ASSIGN(const ir::ValueId normal, call.binary(BinaryKind::kMul, centred, inverse));
  TRY_ASSIGN(const ir::ValueId factor, call.reshape(scale, per_channel));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, normal, factor));
  TRY_ASSIGN(const ir::ValueId shift, call.reshape(bias, per_channel));
  return call.binary(BinaryKind::kAdd, scaled, shift);
}

}  // namespace mindird::mindir

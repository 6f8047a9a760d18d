#include "ops/linear/convolution.h"

#include "ops/support.h"

namespace mindird::ops {

Status expect_convolution(std::span<const TensorType> in, int64_t groups) {
  TRY(expect_arity(in, 2, 3));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 3, 5));
  const size_t rank = in[0].shape.rank();
  TRY(expect_rank(in, 1, rank, rank));
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in));
  return expect_between("groups", std::span(&groups, 1), 1, kMaxWindowValue);
}

Status unfit_channels(std::span<const TensorType> in, int64_t groups) {
  return invalid_argument(str("input ", in[0].text(), " and weight ", in[1].text(), " do not fit ", groups, " groups"));
}

double taps_of(const Shape& weight) {
  double taps = 1;
  for (size_t d = 1; d < weight.rank(); ++d) taps *= static_cast<double>(weight[d]);
  return taps;
}

std::optional<ir::BatchAxis> convolution_batch_axis(const ir::BatchArgs& args) {
  const auto axis = only_first_batched(args);
  return axis && axis->axis <= 0 ? axis : std::nullopt;
}

}  // namespace mindird::ops

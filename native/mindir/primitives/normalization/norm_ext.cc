// Normalisations of today's interface: scale and shift may be absent, in which case they are 1 and 0.
#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/normalization/statistics.h"
#include "ops/normalization/batch_norm.h"
#include "ops/normalization/layer_norm.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

/// The tensor at a position, or one value in the shape it would have.
Result<ir::ValueId> parameter(Call& call, size_t position, const TensorType& type, double missing) {
  if (!call.input(position).is_none()) return call.tensor(position);
  TRY_ASSIGN(const ir::ValueId one, call.scalar(missing, type.dtype));
  return call.expand(one, type.shape.vector());
}

/// (x, normalized_shape, weight, bias, eps): over the last dimensions, which have that shape.
Result<Item> lower_layer_norm_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const auto shape, call.integers("normalized_shape", 1));
  const size_t rank = call.rank(x);
  if (shape.empty() || shape.size() > rank || !std::equal(shape.begin(), shape.end(), call.shape(x).end() - static_cast<std::ptrdiff_t>(shape.size()))) {
    return invalid_model(str("normalized_shape ", list_text<int64_t>(shape), " of ", call.type(x).text()));
  }
  const TensorType type{call.type(x).dtype, Shape(shape)};
  TRY_ASSIGN(const ir::ValueId gamma, parameter(call, 2, type, 1));
  TRY_ASSIGN(const ir::ValueId beta, parameter(call, 3, type, 0));
  auto op = std::make_shared<ops::LayerNorm>();
  op->begin_axis = static_cast<int64_t>(rank - shape.size());
  TRY_ASSIGN(op->epsilon, call.number("eps", 4, 1e-5));
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {x, gamma, beta}));
  return with_statistics(y, 3);
}

/// (x, weight, bias, running_mean, running_var, training, momentum, epsilon)
Result<Item> lower_batch_norm_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (call.rank(x) < 2) return invalid_model(str("the input is ", call.type(x).text(), ", want rank 2 or more"));
  TRY_ASSIGN(const bool training, call.flag("training", 5, false));
  const TensorType type{call.type(x).dtype, {call.shape(x)[1]}};
  TRY_ASSIGN(const ir::ValueId scale, parameter(call, 1, type, 1));
  TRY_ASSIGN(const ir::ValueId bias, parameter(call, 2, type, 0));
  auto op = std::make_shared<ops::BatchNorm>();
  TRY_ASSIGN(op->epsilon, call.number("epsilon", 7, 1e-5));
  if (training) {
    TRY_ASSIGN(const ir::ValueId y, normalise_batch(call, x, scale, bias, op->epsilon));
    return with_statistics(y, 3);
  }
  TRY_ASSIGN(const ir::ValueId mean, call.tensor(3));
  TRY_ASSIGN(const ir::ValueId variance, call.tensor(4));
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {x, scale, bias, mean, variance}));
  return with_statistics(y, 3);
}

/// x / sqrt(mean(x^2) + epsilon) * gamma over the dimensions of gamma; computed in single precision as MindSpore does.
Result<ir::ValueId> rms_norm(Call& call, ir::ValueId x, ir::ValueId gamma, double epsilon) {
  const DType dtype = call.type(x).dtype;
  if (call.rank(gamma) < 1 || call.rank(gamma) > call.rank(x)) return invalid_model(str("gamma is ", call.type(gamma).text(), " beside ", call.type(x).text()));
  std::vector<int64_t> axes;
  for (size_t i = call.rank(x) - call.rank(gamma); i < call.rank(x); ++i) axes.push_back(static_cast<int64_t>(i));
  const DType wide = dtype == DType::kF64 ? dtype : DType::kF32;
  TRY_ASSIGN(const ir::ValueId in, call.cast(x, wide));
  TRY_ASSIGN(const ir::ValueId squares, call.unary(ops::UnaryKind::kSquare, in));
  TRY_ASSIGN(const ir::ValueId mean, call.reduce(ops::ReduceKind::kMean, squares, axes, true));
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kAdd, mean, epsilon));
  TRY_ASSIGN(const ir::ValueId inverse, call.unary(ops::UnaryKind::kRsqrt, shifted));
  TRY_ASSIGN(const ir::ValueId normal, call.binary(BinaryKind::kMul, in, inverse));
  TRY_ASSIGN(const ir::ValueId factor, call.cast(gamma, wide));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, normal, factor));
  return call.cast(scaled, dtype);
}

/// (x, gamma, epsilon)
Result<Item> lower_rms_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId gamma, call.tensor(1));
  TRY_ASSIGN(const double epsilon, call.number("epsilon", 2, 1e-6));
  TRY_ASSIGN(const ir::ValueId y, rms_norm(call, x, gamma, epsilon));
  return with_statistics(y, 2);
}

/// (x1, x2, gamma, epsilon): of the sum, which is the last result.
Result<Item> lower_add_rms_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId other, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId gamma, call.tensor(2));
  TRY_ASSIGN(const double epsilon, call.number("epsilon", 3, 1e-6));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, x, other));
  TRY_ASSIGN(const ir::ValueId y, rms_norm(call, sum, gamma, epsilon));
  return make_tuple({Item(Computed{y}), Item(Unavailable{"the statistics of a normalisation are not provided"}), Item(Computed{sum})});
}

REGISTER_PRIMITIVE(LayerNormExt, lower_layer_norm_ext);
REGISTER_PRIMITIVE(BatchNormExt, lower_batch_norm_ext);
REGISTER_PRIMITIVE(RmsNorm, lower_rms_norm);
REGISTER_PRIMITIVE(AddRmsNorm, lower_add_rms_norm);

}  // namespace
}  // namespace mindird::mindir

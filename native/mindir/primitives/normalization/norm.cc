// Normalisations that are core operators. Besides the result they return statistics for training, which are not provided.
#include <array>

#include "base/strings.h"
#include "mindir/primitives/normalization/statistics.h"
#include "ops/normalization/batch_norm.h"
#include "ops/normalization/group_norm.h"
#include "ops/normalization/layer_norm.h"
#include "ops/normalization/lrn.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_batch_norm(Call& call) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 5; ++i) {
    TRY_ASSIGN(const ir::ValueId value, call.tensor(i));
    inputs.push_back(value);
  }
  if (call.rank(inputs[0]) < 2) return invalid_model(str("the input is ", call.type(inputs[0]).text(), ", want rank 2 or more"));
  TRY(call.want_known(inputs[0]));
  TRY(call.channels_first(call.has("format") ? "format" : "data_format", 8));
  TRY_ASSIGN(const bool training, call.flag("is_training", 5, false));
  auto op = std::make_shared<ops::BatchNorm>();
  TRY_ASSIGN(op->epsilon, call.number("epsilon", 6, 1e-5));
  if (training) {
    TRY_ASSIGN(const ir::ValueId y, normalise_batch(call, inputs[0], inputs[1], inputs[2], op->epsilon));
    return with_statistics(y, 5);
  }
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), inputs));
  return with_statistics(y, 5);
}

/// BatchNorm of 1.x for inference alone: (x, scale, offset, mean, variance).
Result<Item> lower_batch_norm_infer(Call& call) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 5; ++i) {
    TRY_ASSIGN(const ir::ValueId value, call.tensor(i));
    inputs.push_back(value);
  }
  TRY(call.want_known(inputs[0]));
  if (call.rank(inputs[0]) < 2) return invalid_model(str("the input is ", call.type(inputs[0]).text(), ", want rank 2 or more"));
  auto op = std::make_shared<ops::BatchNorm>();
  TRY_ASSIGN(op->epsilon, call.number("epsilon", kAttributeOnly));
  return call.result(call.emit(std::move(op), inputs));
}

/// x [N,C1,H,W,C0] (or [N,C,H,W]) with a scale, an offset, a mean and a variance for each channel of each image, all of rank 5 (4); while training the
/// statistics are those of rows and columns.
Result<Item> lower_instance_norm_v2(Call& call) {
  std::vector<ir::ValueId> in;
  for (size_t i = 0; i < 5; ++i) {
    TRY_ASSIGN(const ir::ValueId value, call.tensor(i));
    TRY(call.want_known(value));
    in.push_back(value);
  }
  if (call.rank(in[0]) < 4) return invalid_model(str("the input is ", call.type(in[0]).text(), ", want rank 4 or 5"));
  TRY_ASSIGN(const bool training, call.flag("is_training", kAttributeOnly));
  TRY_ASSIGN(const double epsilon, call.number("epsilon", kAttributeOnly));
  TRY_ASSIGN([[maybe_unused]] const double momentum, call.number("momentum", kAttributeOnly));
  TRY_ASSIGN(const ir::ValueId x, call.cast(in[0], DType::kF32));
  ir::ValueId mean = in[3];
  ir::ValueId variance = in[4];
  if (training) {
    TRY_ASSIGN(mean, call.reduce(ops::ReduceKind::kMean, x, {2, 3}, true));
    TRY_ASSIGN(const ir::ValueId apart, call.binary(ops::BinaryKind::kSub, x, mean));
    TRY_ASSIGN(const ir::ValueId squares, call.unary(ops::UnaryKind::kSquare, apart));
    TRY_ASSIGN(variance, call.reduce(ops::ReduceKind::kMean, squares, {2, 3}, true));
  }
  TRY_ASSIGN(const ir::ValueId shifted, call.binary(ops::BinaryKind::kAdd, variance, epsilon));
  TRY_ASSIGN(const ir::ValueId inverse, call.unary(ops::UnaryKind::kRsqrt, shifted));
  TRY_ASSIGN(const ir::ValueId factor, call.binary(ops::BinaryKind::kMul, inverse, in[1]));
  TRY_ASSIGN(const ir::ValueId centred, call.binary(ops::BinaryKind::kSub, x, mean));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(ops::BinaryKind::kMul, centred, factor));
  TRY_ASSIGN(ir::ValueId y, call.binary(ops::BinaryKind::kAdd, scaled, in[2]));
  TRY_ASSIGN(y, call.cast(y, call.type(in[0]).dtype));
  return with_statistics(y, 3);
}

/// Scales and offsets that cover other dimensions than those that are normalised: from `params_begin` on.
Result<ir::ValueId> scaled_apart(Call& call, std::shared_ptr<ops::LayerNorm> op, const std::array<ir::ValueId, 3>& inputs, size_t params_begin) {
  const auto [x, gamma, beta] = inputs;
  const std::vector<int64_t> dims = call.shape(x).vector();
  const Shape params(std::vector<int64_t>(dims.begin() + static_cast<std::ptrdiff_t>(params_begin), dims.end()));
  if (call.shape(gamma) != params || call.shape(beta) != params)
    return invalid_model(str("gamma is ", call.type(gamma).text(), " and beta ", call.type(beta).text(), ", want ", params.text()));
  const std::vector<int64_t> covered(dims.begin() + op->begin_axis, dims.end());
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId ones, call.expand(one, covered));
  TRY_ASSIGN(const ir::ValueId zeros, call.expand(zero, covered));
  TRY_ASSIGN(const ir::ValueId normalised, call.emit(std::move(op), {x, ones, zeros}));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(ops::BinaryKind::kMul, normalised, gamma));
  return call.binary(ops::BinaryKind::kAdd, scaled, beta);
}

Result<Item> lower_layer_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId gamma, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId beta, call.tensor(2));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t norm_axis, call.integer("begin_norm_axis", 3, 1));
  TRY_ASSIGN(const int64_t params_axis, call.integer("begin_params_axis", 4, 1));
  TRY_ASSIGN(const size_t begin, call.axis(norm_axis, call.rank(x)));
  TRY_ASSIGN(const size_t params_begin, call.axis(params_axis, call.rank(x)));
  auto op = std::make_shared<ops::LayerNorm>();
  op->begin_axis = static_cast<int64_t>(begin);
  TRY_ASSIGN(op->epsilon, call.number("epsilon", 5, 1e-7));
  if (begin == params_begin) {
    TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {x, gamma, beta}));
    return with_statistics(y, 3);
  }
  TRY_ASSIGN(const ir::ValueId y, scaled_apart(call, std::move(op), {x, gamma, beta}, params_begin));
  return with_statistics(y, 3);
}

/// The tensor at a position, or one value for each channel of x.
Result<ir::ValueId> per_channel(Call& call, ir::ValueId x, size_t position, double missing) {
  if (!call.input(position).is_none()) return call.tensor(position);
  TRY_ASSIGN(const ir::ValueId one, call.scalar(missing, call.type(x).dtype));
  return call.expand(one, {call.shape(x)[1]});
}

Result<Item> lower_group_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  if (call.rank(x) < 2) return invalid_model(str("the input is ", call.type(x).text(), ", want rank 2 or more"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const ir::ValueId gamma, per_channel(call, x, 2, 1));
  TRY_ASSIGN(const ir::ValueId beta, per_channel(call, x, 3, 0));
  auto op = std::make_shared<ops::GroupNorm>();
  TRY_ASSIGN(op->groups, call.integer("num_groups", 1));
  TRY_ASSIGN(op->epsilon, call.number("eps", 4, 1e-5));
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {x, gamma, beta}));
  return with_statistics(y, 3);
}

Result<Item> lower_lrn(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const std::string region, call.text("norm_region", "ACROSS_CHANNELS"));
  if (region != "ACROSS_CHANNELS") return unsupported(str("norm_region is ", region, ", want ACROSS_CHANNELS"));
  auto op = std::make_shared<ops::Lrn>();
  TRY_ASSIGN(op->depth_radius, call.integer("depth_radius", kAttributeOnly, 5));
  TRY_ASSIGN(op->bias, call.number("bias", kAttributeOnly, 1.0));
  TRY_ASSIGN(op->alpha, call.number("alpha", kAttributeOnly, 1.0));
  TRY_ASSIGN(op->beta, call.number("beta", kAttributeOnly, 0.5));
  return call.result(call.emit(std::move(op), {x}));
}

REGISTER_PRIMITIVE(BatchNorm, lower_batch_norm);
REGISTER_PRIMITIVE(BatchNormInfer, lower_batch_norm_infer);
REGISTER_PRIMITIVE(InstanceNormV2, lower_instance_norm_v2);
REGISTER_PRIMITIVE(LayerNorm, lower_layer_norm);
REGISTER_PRIMITIVE(LayerNormV3, lower_layer_norm);
REGISTER_PRIMITIVE(GroupNorm, lower_group_norm);
/// GroupNorm with a group for each channel; the averages at inputs 3 and 4 matter to training alone.
Result<Item> lower_instance_norm(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId gamma, call.tensor(1));
  TRY_ASSIGN(ir::ValueId beta, call.tensor(2));
  TRY(call.want_known(x));
  if (call.rank(x) < 3) return invalid_model(str("the input is ", call.type(x).text(), ", want rank 3 or more"));
  TRY_ASSIGN(gamma, call.cast(gamma, call.type(x).dtype));
  TRY_ASSIGN(beta, call.cast(beta, call.type(x).dtype));
  auto op = std::make_shared<ops::GroupNorm>();
  op->groups = call.shape(x)[1];
  TRY_ASSIGN(op->epsilon, call.number("epsilon", kAttributeOnly));
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {x, gamma, beta}));
  return with_statistics(y, 3);
}

REGISTER_PRIMITIVE(InstanceNorm, lower_instance_norm);
REGISTER_PRIMITIVE(LRN, lower_lrn);

}  // namespace
}  // namespace mindird::mindir

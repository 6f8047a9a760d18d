// Quantisation-aware training leaves FakeQuantPerLayer and FakeQuantPerChannel: numbers rounded to the steps of an 8-bit integer between a minimum
// and a maximum. After MindSpore's GPU kernels, with levels 0 (1 when the range is narrow) to 255:
//
//   symmetric: the range is [-m, m], m = max(|min|, max);  scale = (max - min) / (levels - 1);  zero = round(first level - min / scale), within the levels
//   y = floor((clip(x, low, high) - low) / scale + 0.5) * scale + low,  low = (first level - zero) * scale,  high = (last level - zero) * scale
//
// A symmetric range has its zero at level 128, so it is Quantize and Dequantize with that scale, which engines compute with in 8 bits (halfway cases round to
// even there). Others are written out in elementwise operators.
#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/elementwise/quantize.h"
#include "ops/support.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

struct Range {
  float low = 0;
  float high = 0;
  float scale = 0;
};

struct Levels {
  float first = 0;
  float last = 255;
  bool symmetric = false;
};

Result<Range> range_of(float minimum, float maximum, const Levels& levels) {
  if (levels.symmetric) {
    maximum = std::max(std::fabs(minimum), maximum);
    minimum = -maximum;
  }
  Range out;
  out.scale = (maximum - minimum) / (levels.last - levels.first);
  if (!(out.scale > 0) || !std::isfinite(out.scale))
    return invalid_model(str("the range to quantise is ", minimum, " to ", maximum, ", want two finite numbers in order"));
  const float zero = std::clamp(std::round(levels.first - minimum / out.scale), levels.first, levels.last);
  out.low = (levels.first - zero) * out.scale;
  out.high = (levels.last - zero) * out.scale;
  return out;
}

Result<std::vector<float>> numbers(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId value, call.tensor(position));
  const Constant* constant = call.constant_of(value);
  if (!constant || constant->type().dtype != DType::kF32)
    return unsupported(str("input ", position, " is ", call.type(value).text(), ", want constants of f32"));
  const auto span = constant->as<float>();
  return std::vector<float>(span.begin(), span.end());
}

/// One number per channel as a constant that broadcasts along `axis`; a single one has rank 0.
Result<ir::ValueId> spread(Call& call, ir::ValueId x, const std::vector<float>& values, std::optional<size_t> axis) {
  Shape shape;
  if (axis) {
    shape = Shape(std::vector<int64_t>(call.rank(x), 1));
    shape[*axis] = static_cast<int64_t>(values.size());
  }
  return call.constant({DType::kF32, shape}, std::as_bytes(std::span(values)));
}

Result<ir::ValueId> clip(Call& call, ir::ValueId x, ir::ValueId low, ir::ValueId high) {
  TRY_ASSIGN(const ir::ValueId raised, call.binary(BinaryKind::kMaximum, x, low));
  return call.binary(BinaryKind::kMinimum, raised, high);
}

Result<ir::ValueId> in_eight_bits(Call& call, ir::ValueId x, const std::vector<float>& scales, std::optional<size_t> axis) {
  const Shape shape = axis ? Shape{static_cast<int64_t>(scales.size())} : Shape();
  TRY_ASSIGN(const ir::ValueId scale, call.constant({DType::kF32, shape}, std::as_bytes(std::span(scales))));
  auto quantize = std::make_shared<ops::Quantize>();
  quantize->axis = static_cast<int64_t>(axis.value_or(0));
  auto dequantize = std::make_shared<ops::Dequantize>();
  dequantize->axis = quantize->axis;
  TRY_ASSIGN(const ir::ValueId q, call.emit(std::move(quantize), {x, scale}));
  return call.emit(std::move(dequantize), {q, scale});
}

Result<ir::ValueId> written_out(Call& call, ir::ValueId x, ir::ValueId low, ir::ValueId high, ir::ValueId scale) {
  TRY_ASSIGN(const ir::ValueId clipped, clip(call, x, low, high));
  TRY_ASSIGN(const ir::ValueId above, call.binary(BinaryKind::kSub, clipped, low));
  TRY_ASSIGN(const ir::ValueId steps, call.binary(BinaryKind::kDiv, above, scale));
  TRY_ASSIGN(const ir::ValueId raised, call.binary(BinaryKind::kAdd, steps, 0.5));
  TRY_ASSIGN(const ir::ValueId whole, call.unary(ops::UnaryKind::kFloor, raised));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, whole, scale));
  return call.binary(BinaryKind::kAdd, scaled, low);
}

Result<Item> fake_quant(Call& call, std::optional<size_t> axis) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  if (call.type(x).dtype != DType::kF32) return unsupported(str("the input is ", call.type(x).text(), ", want f32"));
  TRY_ASSIGN(const std::vector<float> minima, numbers(call, 1));
  TRY_ASSIGN(const std::vector<float> maxima, numbers(call, 2));
  const int64_t channels = axis ? call.shape(x)[*axis] : 1;
  if (minima.size() != maxima.size() || static_cast<int64_t>(minima.size()) != channels) {
    return invalid_model(str(minima.size(), " minima and ", maxima.size(), " maxima, want ", channels, " of each"));
  }
  TRY_ASSIGN(const int64_t bits, call.integer("num_bits", kAttributeOnly, 8));
  if (bits != 8) return unsupported(str("num_bits is ", bits, ", want 8"));
  TRY_ASSIGN(const bool symmetric, call.flag("symmetric", kAttributeOnly, false));
  TRY_ASSIGN(const bool narrow, call.flag("narrow_range", kAttributeOnly, false));
  const Levels levels{narrow ? 1.0F : 0.0F, 255, symmetric};
  std::vector<float> lows;
  std::vector<float> highs;
  std::vector<float> scales;
  for (size_t i = 0; i < minima.size(); ++i) {
    TRY_ASSIGN(const Range range, range_of(minima[i], maxima[i], levels));
    lows.push_back(range.low);
    highs.push_back(range.high);
    scales.push_back(range.scale);
  }
  if (symmetric && !narrow) return call.result(in_eight_bits(call, x, scales, axis));
  TRY_ASSIGN(const ir::ValueId low, spread(call, x, lows, axis));
  TRY_ASSIGN(const ir::ValueId high, spread(call, x, highs, axis));
  if (symmetric) {
    // The narrow range ends at -127, where the integers go on to -128.
    TRY_ASSIGN(const ir::ValueId clipped, clip(call, x, low, high));
    return call.result(in_eight_bits(call, clipped, scales, axis));
  }
  TRY_ASSIGN(const ir::ValueId scale, spread(call, x, scales, axis));
  return call.result(written_out(call, x, low, high, scale));
}

Result<Item> per_layer(Call& call) { return fake_quant(call, std::nullopt); }

Result<Item> per_channel(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t given, call.integer("channel_axis", kAttributeOnly, 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  return fake_quant(call, axis);
}

REGISTER_PRIMITIVE(FakeQuantPerLayer, per_layer);
REGISTER_PRIMITIVE(FakeQuantPerChannel, per_channel);

}  // namespace
}  // namespace mindird::mindir

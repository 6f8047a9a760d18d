// Colours in the last dimension, red, green and blue or hue, saturation and value, each from 0 to 1 (Smith, "Color gamut transform pairs", 1978): RGBToHSV,
// HSVToRGB, AdjustHue, AdjustSaturation; and AdjustContrastv2. Computed in f32, in the image's own type where that is wider.
#include <array>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::ReduceKind;
using ops::UnaryKind;

using Three = std::array<ir::ValueId, 3>;

/// Channels of an image, each with a last dimension of 1.
struct Channels {
  Three at{};
  size_t axis = 0;
};

Result<ir::ValueId> wide_image(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(position));
  TRY(call.want_known(x));
  if (!is_floating(call.type(x).dtype)) return unsupported(str("an image of ", call.type(x).text()));
  return call.cast(x, call.type(x).dtype == DType::kF64 ? DType::kF64 : DType::kF32);
}

Result<Channels> channels(Call& call, ir::ValueId image) {
  const Shape shape = call.shape(image);
  if (shape.rank() == 0 || shape[shape.rank() - 1] != 3)
    return invalid_model(str("an image of ", call.type(image).text(), ", want 3 channels in the last dimension"));
  Channels out{.axis = shape.rank() - 1};
  for (int64_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(out.at[static_cast<size_t>(i)], call.slice(image, out.axis, i, 1));
  }
  return out;
}

/// (high - low) / range, where the range is not 0, a sixth of the circle for a whole one, behind `from`.
Result<ir::ValueId> sector(Call& call, ir::ValueId high, ir::ValueId low, ir::ValueId range, double from) {
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, high, low));
  TRY_ASSIGN(const ir::ValueId part, call.binary(BinaryKind::kDiv, difference, range));
  TRY_ASSIGN(const ir::ValueId sixth, call.binary(BinaryKind::kMul, part, 1.0 / 6));
  return call.binary(BinaryKind::kAdd, sixth, from);
}

Result<ir::ValueId> zero_like(Call& call, ir::ValueId x) { return call.scalar(0, call.type(x).dtype); }

/// The hue where colours differ: behind the greatest of the three.
Result<ir::ValueId> hue_of(Call& call, const Three& rgb, ir::ValueId value, ir::ValueId range) {
  TRY_ASSIGN(const ir::ValueId of_red, sector(call, rgb[1], rgb[2], range, 0));
  TRY_ASSIGN(const ir::ValueId of_green, sector(call, rgb[2], rgb[0], range, 2.0 / 6));
  TRY_ASSIGN(const ir::ValueId of_blue, sector(call, rgb[0], rgb[1], range, 4.0 / 6));
  TRY_ASSIGN(const ir::ValueId is_red, call.compare(CompareKind::kEqual, rgb[0], value));
  TRY_ASSIGN(const ir::ValueId is_green, call.compare(CompareKind::kEqual, rgb[1], value));
  TRY_ASSIGN(ir::ValueId hue, call.select(is_green, of_green, of_blue));
  TRY_ASSIGN(hue, call.select(is_red, of_red, hue));
  TRY_ASSIGN(const ir::ValueId zero, zero_like(call, hue));
  TRY_ASSIGN(const ir::ValueId grey, call.compare(CompareKind::kLessEqual, range, zero));
  TRY_ASSIGN(hue, call.select(grey, zero, hue));
  TRY_ASSIGN(const ir::ValueId below, call.compare(CompareKind::kLess, hue, zero));
  TRY_ASSIGN(const ir::ValueId around, call.binary(BinaryKind::kAdd, hue, 1.0));
  return call.select(below, around, hue);
}

Result<Three> to_hsv(Call& call, const Channels& c) {
  TRY_ASSIGN(ir::ValueId value, call.binary(BinaryKind::kMaximum, c.at[0], c.at[1]));
  TRY_ASSIGN(value, call.binary(BinaryKind::kMaximum, value, c.at[2]));
  TRY_ASSIGN(ir::ValueId least, call.binary(BinaryKind::kMinimum, c.at[0], c.at[1]));
  TRY_ASSIGN(least, call.binary(BinaryKind::kMinimum, least, c.at[2]));
  TRY_ASSIGN(const ir::ValueId range, call.binary(BinaryKind::kSub, value, least));
  TRY_ASSIGN(const ir::ValueId zero, zero_like(call, value));
  TRY_ASSIGN(const ir::ValueId lit, call.compare(CompareKind::kGreater, value, zero));
  TRY_ASSIGN(ir::ValueId saturation, call.binary(BinaryKind::kDiv, range, value));
  TRY_ASSIGN(saturation, call.select(lit, saturation, zero));
  TRY_ASSIGN(const ir::ValueId hue, hue_of(call, c.at, value, range));
  return Three{hue, saturation, value};
}

Result<ir::ValueId> clipped(Call& call, ir::ValueId x) { return call.unary(UnaryKind::kClip, x, 0, 1); }

/// How much of a colour is in a hue of six sectors: offset + sign * |hue - centre|, from 0 to 1.
Result<ir::ValueId> share(Call& call, ir::ValueId sectors, double centre, double sign, double offset) {
  TRY_ASSIGN(const ir::ValueId apart, call.binary(BinaryKind::kSub, sectors, centre));
  TRY_ASSIGN(const ir::ValueId distance, call.unary(UnaryKind::kAbs, apart));
  TRY_ASSIGN(const ir::ValueId signed_distance, call.binary(BinaryKind::kMul, distance, sign));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, signed_distance, offset));
  return clipped(call, sum);
}

/// value * (1 + saturation * (share - 1)) of each colour.
Result<ir::ValueId> to_rgb(Call& call, const Three& hsv, size_t axis) {
  TRY_ASSIGN(const ir::ValueId sectors, call.binary(BinaryKind::kMul, hsv[0], 6.0));
  constexpr std::array<std::array<double, 3>, 3> kShares = {{{3, 1, -1}, {2, -1, 2}, {4, -1, 2}}};
  std::vector<ir::ValueId> colours;
  for (const auto& [centre, sign, offset] : kShares) {
    TRY_ASSIGN(const ir::ValueId part, share(call, sectors, centre, sign, offset));
    TRY_ASSIGN(const ir::ValueId less, call.binary(BinaryKind::kSub, part, 1.0));
    TRY_ASSIGN(const ir::ValueId faded, call.binary(BinaryKind::kMul, hsv[1], less));
    TRY_ASSIGN(const ir::ValueId tone, call.binary(BinaryKind::kAdd, faded, 1.0));
    TRY_ASSIGN(const ir::ValueId colour, call.binary(BinaryKind::kMul, tone, hsv[2]));
    colours.push_back(colour);
  }
  return call.concat(std::move(colours), axis);
}

Result<Item> in_own_type(Call& call, Result<ir::ValueId> made) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, std::move(made));
  return call.result(call.cast(y, call.type(x).dtype));
}

Result<Item> lower_rgb_to_hsv(Call& call) {
  TRY_ASSIGN(const ir::ValueId image, wide_image(call, 0));
  TRY_ASSIGN(const Channels c, channels(call, image));
  TRY_ASSIGN(const Three hsv, to_hsv(call, c));
  return in_own_type(call, call.concat({hsv[0], hsv[1], hsv[2]}, c.axis));
}

Result<Item> lower_hsv_to_rgb(Call& call) {
  TRY_ASSIGN(const ir::ValueId image, wide_image(call, 0));
  TRY_ASSIGN(const Channels c, channels(call, image));
  return in_own_type(call, to_rgb(call, c.at, c.axis));
}

/// The number at input 1, in the type that is computed in.
Result<ir::ValueId> amount(Call& call, DType dtype) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId number, call.reshape(given, {}));
  return call.cast(number, dtype);
}

/// The hue turns by a part of the circle.
Result<Item> lower_adjust_hue(Call& call) {
  TRY_ASSIGN(const ir::ValueId image, wide_image(call, 0));
  TRY_ASSIGN(const Channels c, channels(call, image));
  TRY_ASSIGN(Three hsv, to_hsv(call, c));
  TRY_ASSIGN(const ir::ValueId delta, amount(call, call.type(image).dtype));
  TRY_ASSIGN(const ir::ValueId turned, call.binary(BinaryKind::kAdd, hsv[0], delta));
  TRY_ASSIGN(const ir::ValueId turns, call.unary(UnaryKind::kFloor, turned));
  TRY_ASSIGN(hsv[0], call.binary(BinaryKind::kSub, turned, turns));
  return in_own_type(call, to_rgb(call, hsv, c.axis));
}

Result<Item> lower_adjust_saturation(Call& call) {
  TRY_ASSIGN(const ir::ValueId image, wide_image(call, 0));
  TRY_ASSIGN(const Channels c, channels(call, image));
  TRY_ASSIGN(Three hsv, to_hsv(call, c));
  TRY_ASSIGN(const ir::ValueId scale, amount(call, call.type(image).dtype));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, hsv[1], scale));
  TRY_ASSIGN(hsv[1], clipped(call, scaled));
  return in_own_type(call, to_rgb(call, hsv, c.axis));
}

/// Away from the mean of each channel of each image, rows and columns being the dimensions before the last.
Result<Item> lower_adjust_contrast(Call& call) {
  TRY_ASSIGN(const ir::ValueId image, wide_image(call, 0));
  const auto rank = static_cast<int64_t>(call.rank(image));
  if (rank < 3) return invalid_model(str("an image of ", call.type(image).text(), ", want rows, columns and channels"));
  TRY_ASSIGN(const ir::ValueId factor, amount(call, call.type(image).dtype));
  TRY_ASSIGN(const ir::ValueId mean, call.reduce(ReduceKind::kMean, image, {rank - 3, rank - 2}, true));
  TRY_ASSIGN(const ir::ValueId apart, call.binary(BinaryKind::kSub, image, mean));
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, apart, factor));
  return in_own_type(call, call.binary(BinaryKind::kAdd, scaled, mean));
}

REGISTER_PRIMITIVE(RGBToHSV, lower_rgb_to_hsv);
REGISTER_PRIMITIVE(HSVToRGB, lower_hsv_to_rgb);
REGISTER_PRIMITIVE(AdjustHue, lower_adjust_hue);
REGISTER_PRIMITIVE(AdjustSaturation, lower_adjust_saturation);
REGISTER_PRIMITIVE(AdjustContrastv2, lower_adjust_contrast);

}  // namespace
}  // namespace mindird::mindir

// Boxes (x1, y1, x2, y2) with both ends inside, so that a box is x2 - x1 + 1 wide: BoundingBoxEncode, BoundingBoxDecode, IOU, CheckValid.
#include <array>
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

using Four = std::array<ir::ValueId, 4>;

Result<ir::ValueId> boxes_at(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId boxes, call.tensor(position));
  TRY(call.want_rank(boxes, 2, "the boxes"));
  TRY(call.want_known(boxes));
  if (call.shape(boxes)[1] != 4) return invalid_model(str("the boxes are ", call.type(boxes).text(), ", want 4 columns"));
  return boxes;
}

/// The four columns, each [N,1].
Result<Four> columns(Call& call, ir::ValueId boxes) {
  Four out{};
  for (int64_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(out[static_cast<size_t>(i)], call.slice(boxes, 1, i, 1));
  }
  return out;
}

struct Centred {
  ir::ValueId x, y, width, height;
};

Result<ir::ValueId> middle(Call& call, ir::ValueId low, ir::ValueId high) {
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, low, high));
  return call.binary(BinaryKind::kMul, sum, 0.5);
}

Result<ir::ValueId> extent(Call& call, ir::ValueId low, ir::ValueId high) {
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, high, low));
  return call.binary(BinaryKind::kAdd, difference, 1.0);
}

Result<Centred> centred(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId boxes, boxes_at(call, position));
  TRY_ASSIGN(const Four c, columns(call, boxes));
  Centred out{};
  TRY_ASSIGN(out.x, middle(call, c[0], c[2]));
  TRY_ASSIGN(out.y, middle(call, c[1], c[3]));
  TRY_ASSIGN(out.width, extent(call, c[0], c[2]));
  TRY_ASSIGN(out.height, extent(call, c[1], c[3]));
  return out;
}

Result<std::array<double, 4>> four_numbers(const Call& call, std::string_view name) {
  const Items* items = call.argument(name).tuple();
  std::array<double, 4> out{};
  if (!items || items->size() != 4) return invalid_model(str("attribute \"", name, "\" is ", call.argument(name).text(), ", want 4 numbers"));
  for (size_t i = 0; i < 4; ++i) {
    const auto number = number_of((*items)[i]);
    if (!number) return invalid_model(str("attribute \"", name, "\" holds ", (*items)[i].text(), ", want numbers"));
    out[i] = *number;
  }
  return out;
}

/// (to - from) / size
Result<ir::ValueId> relative(Call& call, ir::ValueId to, ir::ValueId from, ir::ValueId size) {
  TRY_ASSIGN(const ir::ValueId difference, call.binary(BinaryKind::kSub, to, from));
  return call.binary(BinaryKind::kDiv, difference, size);
}

Result<ir::ValueId> log_ratio(Call& call, ir::ValueId to, ir::ValueId from) {
  TRY_ASSIGN(const ir::ValueId ratio, call.binary(BinaryKind::kDiv, to, from));
  return call.unary(UnaryKind::kLog, ratio);
}

/// How far and by what factor anchors have to move to become the true boxes, less the means, by the deviations.
Result<Item> lower_encode(Call& call) {
  TRY_ASSIGN(const Centred anchor, centred(call, 0));
  TRY_ASSIGN(const Centred truth, centred(call, 1));
  TRY_ASSIGN(const auto means, four_numbers(call, "means"));
  TRY_ASSIGN(const auto deviations, four_numbers(call, "stds"));
  Four delta{};
  TRY_ASSIGN(delta[0], relative(call, truth.x, anchor.x, anchor.width));
  TRY_ASSIGN(delta[1], relative(call, truth.y, anchor.y, anchor.height));
  TRY_ASSIGN(delta[2], log_ratio(call, truth.width, anchor.width));
  TRY_ASSIGN(delta[3], log_ratio(call, truth.height, anchor.height));
  for (size_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(delta[i], call.binary(BinaryKind::kSub, delta[i], means[i]));
    TRY_ASSIGN(delta[i], call.binary(BinaryKind::kDiv, delta[i], deviations[i]));
  }
  return call.result(call.concat({delta.begin(), delta.end()}, 1));
}

/// Both ends of a box along one axis, within [0, limit].
Result<std::pair<ir::ValueId, ir::ValueId>> ends(Call& call, ir::ValueId centre, ir::ValueId size, int64_t limit) {
  TRY_ASSIGN(const ir::ValueId half, call.binary(BinaryKind::kMul, size, 0.5));
  TRY_ASSIGN(const ir::ValueId below, call.binary(BinaryKind::kSub, centre, half));
  TRY_ASSIGN(const ir::ValueId above, call.binary(BinaryKind::kAdd, centre, half));
  TRY_ASSIGN(const ir::ValueId low, call.binary(BinaryKind::kAdd, below, 0.5));
  TRY_ASSIGN(const ir::ValueId high, call.binary(BinaryKind::kSub, above, 0.5));
  TRY_ASSIGN(const ir::ValueId bounded_low, call.unary(UnaryKind::kClip, low, 0, static_cast<double>(limit)));
  TRY_ASSIGN(const ir::ValueId bounded_high, call.unary(UnaryKind::kClip, high, 0, static_cast<double>(limit)));
  return std::pair(bounded_low, bounded_high);
}

/// Anchors moved and scaled by deltas; the factors of the scale lie within [wh_ratio_clip, 1 / wh_ratio_clip].
Result<Item> lower_decode(Call& call) {
  TRY_ASSIGN(const Centred anchor, centred(call, 0));
  TRY_ASSIGN(const ir::ValueId deltas, boxes_at(call, 1));
  TRY_ASSIGN(Four delta, columns(call, deltas));
  TRY_ASSIGN(const auto means, four_numbers(call, "means"));
  TRY_ASSIGN(const auto deviations, four_numbers(call, "stds"));
  TRY_ASSIGN(const auto limits, call.integers("max_shape", kAttributeOnly));
  TRY_ASSIGN(const double clip, call.number("wh_ratio_clip", kAttributeOnly));
  if (limits.size() < 2 || !(clip > 0)) return invalid_model(str("max_shape has ", limits.size(), " values and wh_ratio_clip is ", clip));
  const double most = std::abs(std::log(clip));
  for (size_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(delta[i], call.binary(BinaryKind::kMul, delta[i], deviations[i]));
    TRY_ASSIGN(delta[i], call.binary(BinaryKind::kAdd, delta[i], means[i]));
    if (i < 2) continue;
    TRY_ASSIGN(delta[i], call.unary(UnaryKind::kClip, delta[i], -most, most));
    TRY_ASSIGN(delta[i], call.unary(UnaryKind::kExp, delta[i]));
  }
  TRY_ASSIGN(const ir::ValueId width, call.binary(BinaryKind::kMul, anchor.width, delta[2]));
  TRY_ASSIGN(const ir::ValueId height, call.binary(BinaryKind::kMul, anchor.height, delta[3]));
  TRY_ASSIGN(const ir::ValueId right, call.binary(BinaryKind::kMul, anchor.width, delta[0]));
  TRY_ASSIGN(const ir::ValueId down, call.binary(BinaryKind::kMul, anchor.height, delta[1]));
  TRY_ASSIGN(const ir::ValueId x, call.binary(BinaryKind::kAdd, anchor.x, right));
  TRY_ASSIGN(const ir::ValueId y, call.binary(BinaryKind::kAdd, anchor.y, down));
  TRY_ASSIGN(const auto across, ends(call, x, width, limits[1]));
  TRY_ASSIGN(const auto along, ends(call, y, height, limits[0]));
  return call.result(call.concat({across.first, along.first, across.second, along.second}, 1));
}

/// Columns as rows [1,N].
Result<Four> as_rows(Call& call, const Four& columns) {
  Four out{};
  for (size_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(out[i], call.reshape(columns[i], {1, call.shape(columns[i])[0]}));
  }
  return out;
}

Result<ir::ValueId> area(Call& call, const Four& box) {
  TRY_ASSIGN(const ir::ValueId width, extent(call, box[0], box[2]));
  TRY_ASSIGN(const ir::ValueId height, extent(call, box[1], box[3]));
  return call.binary(BinaryKind::kMul, width, height);
}

/// Common area of each true box (rows of the result) and each anchor (columns), over their union or (iof) the area of the true box.
Result<Item> lower_iou(Call& call) {
  TRY_ASSIGN(const ir::ValueId anchors, boxes_at(call, 0));
  TRY_ASSIGN(const ir::ValueId truths, boxes_at(call, 1));
  TRY_ASSIGN(const std::string mode, call.text("mode"));
  if (mode != "IOU" && mode != "IOF") return unsupported(str("mode is ", mode, ", want iou or iof"));
  TRY_ASSIGN(const Four anchor_columns, columns(call, anchors));
  TRY_ASSIGN(const Four anchor, as_rows(call, anchor_columns));
  TRY_ASSIGN(const Four truth, columns(call, truths));
  Four common{};
  for (size_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(common[i], call.binary(i < 2 ? BinaryKind::kMaximum : BinaryKind::kMinimum, anchor[i], truth[i]));
  }
  TRY_ASSIGN(const ir::ValueId width, extent(call, common[0], common[2]));
  TRY_ASSIGN(const ir::ValueId height, extent(call, common[1], common[3]));
  TRY_ASSIGN(const ir::ValueId real_width, call.binary(BinaryKind::kMaximum, width, 0.0));
  TRY_ASSIGN(const ir::ValueId real_height, call.binary(BinaryKind::kMaximum, height, 0.0));
  TRY_ASSIGN(const ir::ValueId overlap, call.binary(BinaryKind::kMul, real_width, real_height));
  TRY_ASSIGN(const ir::ValueId own, area(call, truth));
  if (mode == "IOF") return call.result(call.binary(BinaryKind::kDiv, overlap, own));
  TRY_ASSIGN(const ir::ValueId other, area(call, anchor));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, own, other));
  TRY_ASSIGN(const ir::ValueId both, call.binary(BinaryKind::kSub, sum, overlap));
  return call.result(call.binary(BinaryKind::kDiv, overlap, both));
}

/// Whether a box lies in an image of height * ratio by width * ratio, given as (height, width, ratio).
Result<Item> lower_check_valid(Call& call) {
  TRY_ASSIGN(const ir::ValueId boxes, boxes_at(call, 0));
  TRY_ASSIGN(const ir::ValueId given, call.tensor(1));
  if (call.shape(given) != Shape{3}) return invalid_model(str("img_metas is ", call.type(given).text(), ", want 3 numbers"));
  TRY_ASSIGN(const ir::ValueId image, call.cast(given, call.type(boxes).dtype));
  TRY_ASSIGN(const ir::ValueId ratio, call.slice(image, 0, 2, 1));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(boxes).dtype));
  TRY_ASSIGN(const Four box, columns(call, boxes));
  std::optional<ir::ValueId> valid;
  for (size_t i = 0; i < 4; ++i) {
    ir::ValueId inside = 0;
    if (i < 2) {
      TRY_ASSIGN(inside, call.compare(CompareKind::kGreaterEqual, box[i], zero));
    } else {
      TRY_ASSIGN(const ir::ValueId size, call.slice(image, 0, i == 2 ? 1 : 0, 1));
      TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, size, ratio));
      TRY_ASSIGN(const ir::ValueId last, call.binary(BinaryKind::kSub, scaled, 1.0));
      TRY_ASSIGN(inside, call.compare(CompareKind::kLessEqual, box[i], last));
    }
    if (valid) {
      TRY_ASSIGN(inside, call.binary(BinaryKind::kLogicalAnd, *valid, inside));
    }
    valid = inside;
  }
  return call.result(call.reshape(*valid, {call.shape(boxes)[0]}));
}

REGISTER_PRIMITIVE(BoundingBoxEncode, lower_encode);
REGISTER_PRIMITIVE(BoundingBoxDecode, lower_decode);
REGISTER_PRIMITIVE(IOU, lower_iou);
REGISTER_PRIMITIVE(CheckValid, lower_check_valid);

}  // namespace
}  // namespace mindird::mindir

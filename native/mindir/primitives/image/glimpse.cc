// ExtractGlimpse: a window of each image [N,H,W,C] around an offset of its own; zeros outside of the image.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather_elements.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

struct Line {
  ir::ValueId positions = 0;  // i64 [N, size], within the image
  ir::ValueId inside = 0;     // bool [N, size]
};

/// Positions along one axis: the offset in pixels, or as a part of the image, from its middle or its corner.
Result<Line> line_of(Call& call, ir::ValueId offset, int64_t from, int64_t to, bool centered, bool normalized) {
  ir::ValueId start = offset;
  if (normalized) {
    TRY_ASSIGN(start, call.binary(BinaryKind::kMul, start, static_cast<double>(from)));
  }
  if (centered) {
    TRY_ASSIGN(start, call.binary(BinaryKind::kMul, start, 0.5));
    TRY_ASSIGN(start, call.binary(BinaryKind::kAdd, start, static_cast<double>(from) / 2));
  }
  TRY_ASSIGN(start, call.binary(BinaryKind::kSub, start, static_cast<double>(to) / 2));
  TRY_ASSIGN(const ir::ValueId first, call.cast(start, DType::kI64));
  TRY_ASSIGN(const ir::ValueId steps, iota(call, to));
  TRY_ASSIGN(const ir::ValueId all, call.binary(BinaryKind::kAdd, first, steps));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, DType::kI64));
  TRY_ASSIGN(const ir::ValueId end, call.scalar(static_cast<double>(from), DType::kI64));
  TRY_ASSIGN(const ir::ValueId behind, call.compare(CompareKind::kGreaterEqual, all, zero));
  TRY_ASSIGN(const ir::ValueId before, call.compare(CompareKind::kLess, all, end));
  Line line;
  TRY_ASSIGN(line.inside, call.binary(BinaryKind::kLogicalAnd, behind, before));
  TRY_ASSIGN(const ir::ValueId low, call.binary(BinaryKind::kMaximum, all, 0.0));
  TRY_ASSIGN(line.positions, call.binary(BinaryKind::kMinimum, low, static_cast<double>(from - 1)));
  return line;
}

Result<ir::ValueId> gathered(Call& call, ir::ValueId x, ir::ValueId positions, size_t axis) {
  std::vector<int64_t> dims(4, 1);
  dims[0] = call.shape(positions)[0];
  dims[axis] = call.shape(positions)[1];
  TRY_ASSIGN(const ir::ValueId placed, call.reshape(positions, dims));
  dims = call.shape(x).vector();
  dims[axis] = call.shape(positions)[1];
  TRY_ASSIGN(const ir::ValueId spread, call.expand(placed, dims));
  auto op = std::make_shared<ops::GatherElements>();
  op->axis = static_cast<int64_t>(axis);
  return call.emit(std::move(op), {x, spread});
}

Result<Item> lower_extract_glimpse(Call& call) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(0));
  TRY(call.want_rank(given, 4, "the images"));
  TRY(call.want_known(given));
  TRY_ASSIGN(const ir::ValueId x, call.cast(given, DType::kF32));
  TRY_ASSIGN(const std::vector<int64_t> size, call.integers("size", 1));
  TRY_ASSIGN(const ir::ValueId offsets, call.tensor(2));
  TRY_ASSIGN(const bool centered, call.flag("centered", kAttributeOnly));
  TRY_ASSIGN(const bool normalized, call.flag("normalized", kAttributeOnly));
  TRY_ASSIGN(const bool uniform, call.flag("uniform_noise", kAttributeOnly));
  TRY_ASSIGN(const std::string noise, call.text("noise"));
  if (uniform || noise != "ZERO") return unsupported("what lies outside of the image is drawn at random");
  const Shape shape = call.shape(x);
  if (size.size() != 2 || size[0] < 1 || size[1] < 1) return invalid_model(str("the size is ", list_text<int64_t>(size)));
  if (call.shape(offsets) != Shape{shape[0], 2}) return invalid_model(str("offsets of type ", call.type(offsets).text(), " for ", shape[0], " images"));
  if (shape[1] < 1 || shape[2] < 1) return invalid_model("images without pixels");
  TRY_ASSIGN(const ir::ValueId rows_at, call.slice(offsets, 1, 0, 1));
  TRY_ASSIGN(const ir::ValueId columns_at, call.slice(offsets, 1, 1, 1));
  TRY_ASSIGN(const Line rows, line_of(call, rows_at, shape[1], size[0], centered, normalized));
  TRY_ASSIGN(const Line columns, line_of(call, columns_at, shape[2], size[1], centered, normalized));
  TRY_ASSIGN(const ir::ValueId high, gathered(call, x, rows.positions, 1));
  TRY_ASSIGN(const ir::ValueId glimpse, gathered(call, high, columns.positions, 2));
  TRY_ASSIGN(const ir::ValueId a, call.reshape(rows.inside, {shape[0], size[0], 1, 1}));
  TRY_ASSIGN(const ir::ValueId b, call.reshape(columns.inside, {shape[0], 1, size[1], 1}));
  TRY_ASSIGN(const ir::ValueId inside, call.binary(BinaryKind::kLogicalAnd, a, b));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, DType::kF32));
  return call.result(call.select(inside, glimpse, zero));
}

REGISTER_PRIMITIVE(ExtractGlimpse, lower_extract_glimpse);

}  // namespace
}  // namespace mindird::mindir

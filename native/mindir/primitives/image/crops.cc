// Boxes of images brought to one size, by sampling the image on a grid: CropAndResize and ROIAlign. And AffineGrid, which makes such grids.
#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "mindir/primitives/image/grid.h"
#include "ops/image/grid_sample.h"
#include "ops/indexing/gather.h"
#include "ops/linear/matmul.h"
#include "ops/movement/expand.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

/// Positions along one axis of all crops, [R,n]: first + step * i.
Result<ir::ValueId> positions(Call& call, ir::ValueId first, ir::ValueId step, const std::vector<double>& at) {
  TRY_ASSIGN(const ir::ValueId numbers_at, numbers(call, at, {1, static_cast<int64_t>(at.size())}, call.type(first).dtype));
  TRY_ASSIGN(const ir::ValueId way, call.binary(BinaryKind::kMul, step, numbers_at));
  return call.binary(BinaryKind::kAdd, first, way);
}

Result<ir::ValueId> expanded(Call& call, ir::ValueId x, std::vector<int64_t> dims, std::vector<int64_t> full) {
  TRY_ASSIGN(const ir::ValueId shaped, call.reshape(x, std::move(dims)));
  auto op = std::make_shared<ops::Expand>();
  op->shape = std::move(full);
  return call.emit(std::move(op), {shaped});
}

/// The images [R,C,H,W] at rows y [R,h] and columns x [R,w], in pixels and inside.
Result<ir::ValueId> sampled(Call& call, ir::ValueId images, ir::ValueId y, ir::ValueId x) {
  const Shape shape = call.shape(images);
  const int64_t count = shape[0];
  const int64_t h = call.shape(y)[1];
  const int64_t w = call.shape(x)[1];
  TRY_ASSIGN(const ir::ValueId grid_y, as_grid(call, y, shape[2]));
  TRY_ASSIGN(const ir::ValueId grid_x, as_grid(call, x, shape[3]));
  TRY_ASSIGN(const ir::ValueId all_y, expanded(call, grid_y, {count, h, 1, 1}, {count, h, w, 1}));
  TRY_ASSIGN(const ir::ValueId all_x, expanded(call, grid_x, {count, 1, w, 1}, {count, h, w, 1}));
  TRY_ASSIGN(const ir::ValueId grid, call.concat({all_x, all_y}, 3));
  auto op = std::make_shared<ops::GridSample>();
  op->align_corners = true;
  return call.emit(std::move(op), {images, grid});
}

/// low <= x <= high
Result<ir::ValueId> within(Call& call, ir::ValueId x, double low, double high) {
  TRY_ASSIGN(const ir::ValueId from, call.scalar(low, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId to, call.scalar(high, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreaterEqual, x, from));
  TRY_ASSIGN(const ir::ValueId below, call.compare(CompareKind::kLessEqual, x, to));
  return call.binary(BinaryKind::kLogicalAnd, above, below);
}

/// Samples where rows and columns lie within the bounds, `otherwise` elsewhere.
Result<ir::ValueId> sampled_within(Call& call, ir::ValueId images, ir::ValueId y, ir::ValueId x, double margin, double otherwise) {
  const Shape shape = call.shape(images);
  const auto last_y = static_cast<double>(shape[2] - 1);
  const auto last_x = static_cast<double>(shape[3] - 1);
  TRY_ASSIGN(const ir::ValueId y_inside, within(call, y, -margin, last_y + margin));
  TRY_ASSIGN(const ir::ValueId x_inside, within(call, x, -margin, last_x + margin));
  TRY_ASSIGN(const ir::ValueId bounded_y, call.unary(ops::UnaryKind::kClip, y, 0, last_y));
  TRY_ASSIGN(const ir::ValueId bounded_x, call.unary(ops::UnaryKind::kClip, x, 0, last_x));
  TRY_ASSIGN(const ir::ValueId values, sampled(call, images, bounded_y, bounded_x));
  TRY_ASSIGN(const ir::ValueId rows, call.reshape(y_inside, {shape[0], 1, call.shape(y)[1], 1}));
  TRY_ASSIGN(const ir::ValueId columns, call.reshape(x_inside, {shape[0], 1, 1, call.shape(x)[1]}));
  TRY_ASSIGN(const ir::ValueId inside, call.binary(BinaryKind::kLogicalAnd, rows, columns));
  TRY_ASSIGN(const ir::ValueId outside, call.scalar(otherwise, call.type(images).dtype));
  return call.select(inside, values, outside);
}

/// Inputs 0 and 1: images of rank 4 and the boxes in them, one a row.
struct ImagesAndBoxes {
  ir::ValueId images, boxes;
};

Result<ImagesAndBoxes> images_and_boxes(Call& call, int64_t columns) {
  TRY_ASSIGN(const ir::ValueId images, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId boxes, call.tensor(1));
  TRY(call.want_rank(images, 4, "the images"));
  TRY(call.want_rank(boxes, 2, "the boxes"));
  TRY(call.want_known(images));
  TRY(call.want_known(boxes));
  if (call.shape(boxes)[1] != columns) return invalid_model(str("the boxes are ", call.type(boxes).text(), ", want ", columns, " columns"));
  return ImagesAndBoxes{images, boxes};
}

/// Column i of [R,n] as [R,1].
Result<ir::ValueId> column(Call& call, ir::ValueId x, int64_t i) { return call.slice(x, 1, i, 1); }

/// Images [N,H,W,C], boxes [R,4] as (y1, x1, y2, x2) in parts of the image, and the image of each box: [R,h,w,C].
Result<Item> lower_crop_and_resize(Call& call) {
  TRY_ASSIGN(const ImagesAndBoxes in, images_and_boxes(call, 4));
  TRY_ASSIGN(const ir::ValueId index, call.tensor(2));
  TRY_ASSIGN(const auto size, call.integers("crop_size", 3));
  TRY_ASSIGN(const std::string method, call.text("method"));
  TRY_ASSIGN(const double outside, call.number("extrapolation_value", kAttributeOnly));
  if (method != "BILINEAR") return unsupported(str("method is ", method, ", want bilinear"));
  if (size.size() != 2 || std::min(size[0], size[1]) < 1 || std::max(size[0], size[1]) > kMaxCreated) {
    return invalid_model(str("crop_size is ", list_text<int64_t>(size), ", want 2 positive values"));
  }
  TRY_ASSIGN(const ir::ValueId floats, call.cast(in.images, DType::kF32));
  TRY_ASSIGN(const ir::ValueId images, call.transpose(floats, {0, 3, 1, 2}));
  TRY_ASSIGN(const ir::ValueId own, call.emit(std::make_shared<ops::Gather>(), {images, index}));
  std::array<ir::ValueId, 2> at{};
  for (size_t i = 0; i < 2; ++i) {
    const double extent = static_cast<double>(call.shape(images)[i + 2] - 1);
    TRY_ASSIGN(const ir::ValueId low, column(call, in.boxes, static_cast<int64_t>(i)));
    TRY_ASSIGN(const ir::ValueId high, column(call, in.boxes, static_cast<int64_t>(i) + 2));
    TRY_ASSIGN(const ir::ValueId span, call.binary(size[i] > 1 ? BinaryKind::kSub : BinaryKind::kAdd, high, low));
    // One sample lies in the middle of the box.
    TRY_ASSIGN(const ir::ValueId step, call.binary(BinaryKind::kMul, span, size[i] > 1 ? extent / static_cast<double>(size[i] - 1) : 0.5 * extent));
    TRY_ASSIGN(const ir::ValueId first, call.binary(BinaryKind::kMul, low, size[i] > 1 ? extent : 0.0));
    std::vector<double> steps;
    for (int64_t k = 0; k < size[i]; ++k) steps.push_back(size[i] > 1 ? static_cast<double>(k) : 1.0);
    TRY_ASSIGN(at[i], positions(call, first, step, steps));
  }
  TRY_ASSIGN(const ir::ValueId crops, sampled_within(call, own, at[0], at[1], 0, outside));
  return call.result(call.transpose(crops, {0, 2, 3, 1}));
}

struct Pooled {
  std::array<int64_t, 2> size{};
  int64_t samples = 0;
  double scale = 0;
  int64_t end_mode = 0;
};

/// Sample positions of the regions along one axis, [R, size * samples]: `samples` of them at equal distances in each of `size` parts.
Result<ir::ValueId> region_positions(Call& call, ir::ValueId regions, size_t axis, const Pooled& pooled) {
  TRY_ASSIGN(const ir::ValueId low, column(call, regions, axis == 0 ? 2 : 1));
  TRY_ASSIGN(ir::ValueId high, column(call, regions, axis == 0 ? 4 : 3));
  if (pooled.end_mode == 1) {
    TRY_ASSIGN(high, call.binary(BinaryKind::kAdd, high, 1.0));
  }
  TRY_ASSIGN(const ir::ValueId first, call.binary(BinaryKind::kMul, low, pooled.scale));
  TRY_ASSIGN(const ir::ValueId last, call.binary(BinaryKind::kMul, high, pooled.scale));
  TRY_ASSIGN(const ir::ValueId extent, call.binary(BinaryKind::kSub, last, first));
  const int64_t count = pooled.size[axis] * pooled.samples;
  std::vector<double> parts;
  for (int64_t i = 0; i < count; ++i) parts.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(count));
  return positions(call, first, extent, parts);
}

/// Features [N,C,H,W], regions [R,5] as (image, x1, y1, x2, y2): averages of bilinear samples, [R,C,h,w].
Result<Item> lower_roi_align(Call& call) {
  TRY_ASSIGN(const ImagesAndBoxes in, images_and_boxes(call, 5));
  const auto [features, regions] = in;
  Pooled pooled;
  TRY_ASSIGN(pooled.size[0], call.integer("pooled_height", kAttributeOnly));
  TRY_ASSIGN(pooled.size[1], call.integer("pooled_width", kAttributeOnly));
  TRY_ASSIGN(pooled.samples, call.integer("sample_num", kAttributeOnly));
  TRY_ASSIGN(pooled.scale, call.number("spatial_scale", kAttributeOnly));
  TRY_ASSIGN(pooled.end_mode, call.integer("roi_end_mode", kAttributeOnly));
  if (pooled.samples < 1 || pooled.samples > 64) return unsupported(str("sample_num is ", pooled.samples, ", want 1 to 64"));
  if (pooled.end_mode != 0 && pooled.end_mode != 1) return invalid_model(str("roi_end_mode is ", pooled.end_mode));
  for (const int64_t size : pooled.size) {
    if (size < 1 || size > 65536) return invalid_model(str("pooled size ", size));
  }
  const int64_t count = call.shape(regions)[0];
  TRY_ASSIGN(const ir::ValueId image, column(call, regions, 0));
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(image, {count}));
  TRY_ASSIGN(const ir::ValueId index, call.cast(flat, DType::kI32));
  TRY_ASSIGN(const ir::ValueId own, call.emit(std::make_shared<ops::Gather>(), {features, index}));
  TRY_ASSIGN(const ir::ValueId y, region_positions(call, regions, 0, pooled));
  TRY_ASSIGN(const ir::ValueId x, region_positions(call, regions, 1, pooled));
  TRY_ASSIGN(const ir::ValueId samples, sampled_within(call, own, y, x, 1, 0));
  const int64_t channels = call.shape(features)[1];
  TRY_ASSIGN(const ir::ValueId split, call.reshape(samples, {count, channels, pooled.size[0], pooled.samples, pooled.size[1], pooled.samples}));
  return call.result(call.reduce(ops::ReduceKind::kMean, split, {3, 5}, false));
}

/// Position i of n in [-1, 1]: centres of n equal parts, or, aligned, from end to end.
double place(int64_t i, int64_t n, bool aligned) {
  if (!aligned) return (2.0 * static_cast<double>(i) + 1) / static_cast<double>(n) - 1;
  return n > 1 ? 2.0 * static_cast<double>(i) / static_cast<double>(n - 1) - 1 : 0.0;
}

/// theta [N,2,3] or [N,3,4] and the size [N,C,(D,)H,W]: the points of a regular grid, x first, under each affine map.
Result<Item> lower_affine_grid(Call& call) {
  TRY_ASSIGN(const ir::ValueId theta, call.tensor(0));
  TRY_ASSIGN(const auto size, call.integers("output_size", 1));
  TRY_ASSIGN(const bool aligned, call.flag("align_corners", kAttributeOnly));
  TRY(call.want_rank(theta, 3, "theta"));
  const size_t n = size.size() < 2 ? 0 : size.size() - 2;
  if (n != 2 && n != 3) return invalid_model(str("output_size has ", size.size(), " values, want 4 or 5"));
  const auto wide = static_cast<int64_t>(n);
  if (call.shape(theta) != Shape{size[0], wide, wide + 1})
    return invalid_model(str("theta is ", call.type(theta).text(), " for output_size ", list_text<int64_t>(size)));
  const std::vector<int64_t> dims(size.begin() + 2, size.end());
  const auto points = checked_product(dims);
  if (!points || *std::min_element(dims.begin(), dims.end()) < 1) return invalid_model(str("output_size ", list_text<int64_t>(size)));
  TRY(expect_created(*points));
  std::vector<double> base;
  for (int64_t p = 0; p < *points; ++p) {
    int64_t rest = p;
    for (size_t d = n; d-- > 0;) {
      base.push_back(place(rest % dims[d], dims[d], aligned));
      rest /= dims[d];
    }
    base.push_back(1);
  }
  TRY_ASSIGN(const ir::ValueId grid, numbers(call, base, {1, *points, wide + 1}, call.type(theta).dtype));
  auto product = std::make_shared<ops::MatMul>();
  product->transpose_b = true;
  TRY_ASSIGN(const ir::ValueId mapped, call.emit(std::move(product), {grid, theta}));
  std::vector<int64_t> result{size[0]};
  result.insert(result.end(), dims.begin(), dims.end());
  result.push_back(wide);
  return call.result(call.reshape(mapped, std::move(result)));
}

REGISTER_PRIMITIVE(CropAndResize, lower_crop_and_resize);
REGISTER_PRIMITIVE(ROIAlign, lower_roi_align);
REGISTER_PRIMITIVE(AffineGrid, lower_affine_grid);

}  // namespace
}  // namespace mindird::mindir

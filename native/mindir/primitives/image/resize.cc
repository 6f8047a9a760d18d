// Resizing and sampling of images.
#include "base/strings.h"
#include "mindir/primitives/image/cubic.h"
#include "mindir/primitives/primitive.h"
#include "ops/image/grid_sample.h"
#include "ops/image/resize.h"

namespace mindird::mindir {
namespace {

using ops::ResizeCoordinates;
using ops::ResizeMode;

LowerFunction resize(ResizeMode mode) {
  return [mode](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, call.tensor(0));
    TRY(call.want_rank(x, 4, "the input"));
    TRY(call.channels_first("format"));
    // ResizeBilinear of 1.x gives f32 for f16 too.
    if (mode == ResizeMode::kBilinear && call.declared_type(0, DType::kF16) == DType::kF32) {
      TRY_ASSIGN(x, call.cast(x, DType::kF32));
    }
    auto op = std::make_shared<ops::Resize>();
    op->mode = mode;
    TRY_ASSIGN(op->size, call.integers("size", 1));
    if (op->size.size() != 2) return invalid_model(str("size has ", op->size.size(), " values, want 2"));
    TRY_ASSIGN(const bool align_corners, call.flag("align_corners", 2, false));
    TRY_ASSIGN(const bool half_pixel, call.flag("half_pixel_centers", 3, false));
    if (align_corners && half_pixel) return invalid_model("align_corners and half_pixel_centers exclude each other");
    op->coordinates = align_corners ? ResizeCoordinates::kAlignCorners : half_pixel ? ResizeCoordinates::kHalfPixel : ResizeCoordinates::kAsymmetric;
    return call.result(call.emit(std::move(op), {x}));
  };
}

/// [N,C,W] along its last dimension.
Result<Item> lower_resize_linear_1d(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 3, "the input"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const auto size, call.integers("size", 1));
  if (size.size() != 1) return invalid_model(str("size has ", size.size(), " values, want 1"));
  TRY_ASSIGN(const int64_t mode, call.choice("coordinate_transformation_mode", 2, {"asymmetric", "align_corners", "half_pixel"}));
  if (mode < 0 || mode > 2) return unsupported(str("coordinate_transformation_mode is ", mode, ", want 0 (asymmetric), 1 (align_corners) or 2 (half_pixel)"));
  auto op = std::make_shared<ops::Resize>();
  op->mode = ResizeMode::kBilinear;
  op->coordinates = mode == 0 ? ResizeCoordinates::kAsymmetric : mode == 1 ? ResizeCoordinates::kAlignCorners : ResizeCoordinates::kHalfPixel;
  op->size = {1, size[0]};
  const Shape shape = call.shape(x);
  TRY_ASSIGN(const ir::ValueId rows, call.reshape(x, {shape[0], shape[1], 1, shape[2]}));
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), {rows}));
  return call.result(call.reshape(y, {shape[0], shape[1], size[0]}));
}

/// (x, roi, scales, sizes): only the sizes count. All modes are for images of one row.
Result<Item> lower_resize_v2(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 4, "the input"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const std::vector<int64_t> sizes, call.integers("sizes", 3));
  TRY_ASSIGN(const std::string mode, call.text("mode"));
  TRY_ASSIGN(const std::string coordinates, call.text("coordinate_transformation_mode"));
  TRY_ASSIGN(const std::string nearest, call.text("nearest_mode"));
  TRY_ASSIGN(const double of_cubic, call.number("cubic_coeff_a", kAttributeOnly));
  const Shape shape = call.shape(x);
  if (sizes.size() != 4 || sizes[0] != shape[0] || sizes[1] != shape[1])
    return invalid_model(str("sizes ", list_text<int64_t>(sizes), " for ", call.type(x).text()));
  auto op = std::make_shared<ops::Resize>();
  op->size = {sizes[2], sizes[3]};
  if (coordinates != "HALF_PIXEL" && coordinates != "ALIGN_CORNERS") return unsupported(str("coordinate_transformation_mode is \"", coordinates, "\""));
  op->coordinates = coordinates == "HALF_PIXEL" ? ResizeCoordinates::kHalfPixel : ResizeCoordinates::kAlignCorners;
  if (shape[2] != 1 || sizes[2] != 1) return unsupported(str("mode \"", mode, "\" of an image of ", shape[2], " rows, want 1"));
  if (mode == "NEAREST") {
    if (coordinates != "HALF_PIXEL" || nearest != "FLOOR")
      return unsupported(str("coordinate_transformation_mode \"", coordinates, "\" and nearest_mode \"", nearest, "\""));
    op->coordinates = ResizeCoordinates::kAsymmetric;  // MindSpore's kernel takes floor(i * old / new) for it
    op->mode = ResizeMode::kNearest;
  } else if (mode == "LINEAR") {
    op->mode = ResizeMode::kBilinear;
  } else if (mode == "CUBIC") {
    return call.result(resize_cubic(call, x, {sizes[2], sizes[3]}, coordinates == "ALIGN_CORNERS", of_cubic));
  } else {
    return unsupported(str("mode is \"", mode, "\""));
  }
  return call.result(call.emit(std::move(op), {x}));
}

/// Images (GridSampler2D) or volumes (GridSampler3D).
Result<Item> grid_sampler(Call& call, size_t rank) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId grid, call.tensor(1));
  TRY_ASSIGN(const int64_t interpolation, call.choice("interpolation_mode", 2, {"bilinear", "nearest", "bicubic"}, 0));
  TRY_ASSIGN(const int64_t padding, call.choice("padding_mode", 3, {"zeros", "border", "reflection"}, 0));
  if (call.rank(x) != rank) return invalid_model(str("the input is ", call.type(x).text(), ", want rank ", rank));
  if (interpolation == 2) return unsupported("interpolation_mode is 2 (bicubic), want 0 (bilinear) or 1 (nearest)");
  auto op = std::make_shared<ops::GridSample>();
  op->interpolation = static_cast<ops::GridInterpolation>(interpolation);
  op->padding = static_cast<ops::GridPadding>(padding);
  TRY_ASSIGN(op->align_corners, call.flag("align_corners", 4, false));
  return call.result(call.emit(std::move(op), {x, grid}));
}

REGISTER_PRIMITIVE(ResizeNearestNeighbor, resize(ResizeMode::kNearest));
REGISTER_PRIMITIVE(ResizeNearestNeighborV2, resize(ResizeMode::kNearest));
REGISTER_PRIMITIVE(ResizeBilinear, resize(ResizeMode::kBilinear));
REGISTER_PRIMITIVE(ResizeBilinearV2, resize(ResizeMode::kBilinear));
REGISTER_PRIMITIVE(ResizeV2, lower_resize_v2);
REGISTER_PRIMITIVE(ResizeLinear1D, lower_resize_linear_1d);
REGISTER_PRIMITIVE(ResizeBicubic, resize(ResizeMode::kBicubic));
REGISTER_PRIMITIVE(GridSampler2D, [](Call& call) { return grid_sampler(call, 4); });
REGISTER_PRIMITIVE(GridSampler3D, [](Call& call) { return grid_sampler(call, 5); });

}  // namespace
}  // namespace mindird::mindir

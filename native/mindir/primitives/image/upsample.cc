// Upsampling over 1 to 3 spatial dimensions, out of resizings of the last two. The size is given, or factors that give whole sizes.
#include <cmath>

#include "base/strings.h"
#include "mindir/primitives/image/cubic.h"
#include "mindir/primitives/primitive.h"
#include "ops/image/resize.h"

namespace mindird::mindir {
namespace {

using ops::ResizeCoordinates;
using ops::ResizeMode;

/// The numbers of a tuple.
std::optional<std::vector<double>> numbers_of(const Item& item) {
  const Items* members = item.tuple();
  if (!members) return std::nullopt;
  std::vector<double> out;
  for (const Item& member : *members) {
    const auto number = number_of(member);
    if (!number) return std::nullopt;
    out.push_back(*number);
  }
  return out;
}

/// (x, output_size, scales, …)
Result<std::vector<int64_t>> sizes_of(Call& call, ir::ValueId x, size_t n) {
  std::vector<int64_t> size;
  if (call.has("output_size", 1)) {
    TRY_ASSIGN(size, call.integers("output_size", 1));
    if (size.size() != n) return invalid_model(str("output_size has ", size.size(), " values, want ", n));
    return size;
  }
  const auto scales = numbers_of(call.argument("scales", 2));
  if (!scales || scales->size() != n)
    return unsupported(str("output_size is None and scales is ", call.argument("scales", 2).text(), ", want ", n, " numbers"));
  for (size_t i = 0; i < n; ++i) {
    const double exact = static_cast<double>(call.shape(x)[i + 2]) * (*scales)[i];
    if (exact < 1 || exact > static_cast<double>(kMaxDimension)) return invalid_model(str("scale ", (*scales)[i], " of dimension ", i + 2));
    // A factor that was single precision in the file may miss a whole size by a little.
    if (std::abs(exact - std::round(exact)) > 1e-5 * exact)
      return unsupported(str("scale ", (*scales)[i], " of ", call.type(x).text(), " gives no whole size"));
    size.push_back(static_cast<int64_t>(std::round(exact)));
  }
  return size;
}

struct How {
  ResizeMode mode = ResizeMode::kNearest;
  ResizeCoordinates coordinates = ResizeCoordinates::kAsymmetric;
};

/// x as [a, b, c, d] with c and d resized.
Result<ir::ValueId> resized(Call& call, ir::ValueId x, std::vector<int64_t> as, std::vector<int64_t> size, const How& how) {
  TRY_ASSIGN(const ir::ValueId shaped, call.reshape(x, std::move(as)));
  auto op = std::make_shared<ops::Resize>();
  op->mode = how.mode;
  op->coordinates = how.coordinates;
  op->size = std::move(size);
  return call.emit(std::move(op), {shaped});
}

/// Each dimension is sampled by itself, so that three are two after one.
Result<ir::ValueId> upsample(Call& call, ir::ValueId x, const std::vector<int64_t>& size, const How& how) {
  const Shape s = call.shape(x);
  if (size.size() == 1) {
    TRY_ASSIGN(const ir::ValueId y, resized(call, x, {s[0], s[1], 1, s[2]}, {1, size[0]}, how));
    return call.reshape(y, {s[0], s[1], size[0]});
  }
  if (size.size() == 2) return resized(call, x, s.vector(), size, how);
  TRY_ASSIGN(const ir::ValueId planes, resized(call, x, {s[0], s[1] * s[2], s[3], s[4]}, {size[1], size[2]}, how));
  TRY_ASSIGN(const ir::ValueId y, resized(call, planes, {s[0], s[1], s[2], size[1] * size[2]}, {size[0], size[1] * size[2]}, how));
  return call.reshape(y, {s[0], s[1], size[0], size[1], size[2]});
}

LowerFunction over(size_t n, ResizeMode mode) {
  return [n, mode](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY(call.want_rank(x, n + 2, "the input"));
    TRY(call.want_known(x));
    TRY_ASSIGN(const auto size, sizes_of(call, x, n));
    How how{mode, ResizeCoordinates::kAsymmetric};
    if (mode != ResizeMode::kNearest) {
      TRY_ASSIGN(const bool align_corners, call.flag("align_corners", 3, false));
      how.coordinates = align_corners ? ResizeCoordinates::kAlignCorners : ResizeCoordinates::kHalfPixel;
    }
    for (const int64_t value : size) {
      if (value < 1 || value > kMaxDimension) return invalid_model(str("output_size has the value ", value));
    }
    return call.result(upsample(call, x, size, how));
  };
}

/// The weights are PyTorch's, whose coefficient is -0.75 for either kind of corners.
Result<Item> lower_upsample_bicubic(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 4, "the input"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const auto size, sizes_of(call, x, 2));
  TRY_ASSIGN(const bool align_corners, call.flag("align_corners", 3, false));
  for (const int64_t value : size) {
    if (value < 1 || value > kMaxDimension) return invalid_model(str("output_size has the value ", value));
  }
  return call.result(resize_cubic(call, x, {size[0], size[1]}, align_corners, -0.75));
}

/// [N, C r r, H, W] to [N, C, H r, W r]: channel c r r + i r + j goes to row offset i and column offset j.
Result<Item> lower_pixel_shuffle(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t r, call.integer("upscale_factor", 1));
  const size_t rank = call.rank(x);
  if (rank < 3 || r < 1 || r > 65536 || call.shape(x)[rank - 3] % (r * r) != 0) return invalid_model(str("upscale_factor ", r, " of ", call.type(x).text()));
  std::vector<int64_t> lead(call.shape(x).begin(), call.shape(x).end() - 3);
  const int64_t channels = call.shape(x)[rank - 3] / (r * r);
  const int64_t height = call.shape(x)[rank - 2];
  const int64_t width = call.shape(x)[rank - 1];
  int64_t samples = 1;
  for (const int64_t dim : lead) samples *= dim;
  TRY_ASSIGN(const ir::ValueId split, call.reshape(x, {samples * channels, r, r, height, width}));
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(split, {0, 3, 1, 4, 2}));
  lead.insert(lead.end(), {channels, height * r, width * r});
  return call.result(call.reshape(moved, std::move(lead)));
}

REGISTER_PRIMITIVE(UpsampleNearest1D, over(1, ResizeMode::kNearest));
REGISTER_PRIMITIVE(UpsampleNearest2D, over(2, ResizeMode::kNearest));
REGISTER_PRIMITIVE(UpsampleNearest3D, over(3, ResizeMode::kNearest));
REGISTER_PRIMITIVE(UpsampleLinear1D, over(1, ResizeMode::kBilinear));
REGISTER_PRIMITIVE(UpsampleBilinear2D, over(2, ResizeMode::kBilinear));
REGISTER_PRIMITIVE(UpsampleTrilinear3D, over(3, ResizeMode::kBilinear));
REGISTER_PRIMITIVE(UpsampleBicubic2D, lower_upsample_bicubic);
REGISTER_PRIMITIVE(PixelShuffle, lower_pixel_shuffle);

}  // namespace
}  // namespace mindird::mindir

// DeformableOffsets: what a deformable convolution reads, laid out so that a convolution whose stride is its kernel follows.
#include <array>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "mindir/primitives/image/grid.h"
#include "mindir/primitives/pooling/window.h"
#include "ops/image/grid_sample.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

struct Deformable {
  Window window;
  int64_t groups = 1;
  std::array<int64_t, 2> out{};  // places of the window along rows and columns
};

/// Position of each place and element of the window without offsets along one dimension, [places * kernel].
std::vector<double> regular_positions(const Deformable& d, size_t dim) {
  std::vector<double> out;
  for (int64_t place = 0; place < d.out[dim]; ++place) {
    for (int64_t k = 0; k < d.window.kernel[dim]; ++k) {
      out.push_back(static_cast<double>(place * d.window.stride[dim] - d.window.pad_begin[dim] + k * d.window.dilation[dim]));
    }
  }
  return out;
}

/// Part `which` of three (x, y, factor) of the offsets [N, 3 * groups * kernel, rows, columns], as [N * groups, rows * kernel rows, columns * kernel columns].
Result<ir::ValueId> part(Call& call, ir::ValueId offsets, const Deformable& d, int64_t which) {
  const int64_t images = call.shape(offsets)[0];
  const int64_t each = d.groups * d.window.kernel[0] * d.window.kernel[1];
  TRY_ASSIGN(const ir::ValueId own, call.slice(offsets, 1, which * each, each));
  TRY_ASSIGN(const ir::ValueId split, call.reshape(own, {images * d.groups, d.window.kernel[0], d.window.kernel[1], d.out[0], d.out[1]}));
  TRY_ASSIGN(const ir::ValueId laid, call.transpose(split, {0, 3, 1, 4, 2}));
  return call.reshape(laid, {images * d.groups, d.out[0] * d.window.kernel[0], d.out[1] * d.window.kernel[1]});
}

/// Positions along one dimension as those of a grid, with a last dimension of 1.
Result<ir::ValueId> grid_along(Call& call, ir::ValueId offset, const Deformable& d, size_t dim, int64_t size) {
  const auto places = checked_mul(d.out[dim], d.window.kernel[dim]);
  if (!places) return unsupported(str(d.out[dim], " places"));
  TRY(expect_created(*places));
  const std::vector<double> at = regular_positions(d, dim);
  const auto count = static_cast<int64_t>(at.size());
  TRY_ASSIGN(const ir::ValueId regular, numbers(call, at, dim == 0 ? Shape{1, count, 1} : Shape{1, 1, count}, call.type(offset).dtype));
  TRY_ASSIGN(const ir::ValueId pixels, call.binary(BinaryKind::kAdd, offset, regular));
  TRY_ASSIGN(const ir::ValueId grid, as_grid(call, pixels, size));
  std::vector<int64_t> dims = call.shape(grid).vector();
  dims.push_back(1);
  return call.reshape(grid, std::move(dims));
}

/// The last two of four values.
Result<std::vector<int64_t>> pair(const Call& call, std::string_view name) {
  TRY_ASSIGN(auto values, call.integers(name, kAttributeOnly));
  return spatial(std::move(values), name, 2);
}

Result<Deformable> deformable(Call& call, ir::ValueId x, ir::ValueId offsets) {
  TRY(call.channels_first("format"));
  Deformable d;
  TRY_ASSIGN(d.window.kernel, pair(call, "ksize"));
  TRY_ASSIGN(d.window.stride, pair(call, "strides"));
  TRY_ASSIGN(d.window.dilation, pair(call, "dilations"));
  TRY_ASSIGN(const auto pads, call.integers("pads", kAttributeOnly));
  TRY(set_padding(d.window, pads));
  TRY_ASSIGN(d.groups, call.integer("deformable_groups", kAttributeOnly));
  TRY_ASSIGN(const bool modulated, call.flag("modulated", kAttributeOnly));
  if (!modulated) return unsupported("modulated is false, want true");
  for (size_t i = 0; i < 2; ++i) {
    if (call.shape(x)[i + 2] < 2) return unsupported(str("the input is ", call.type(x).text(), ", want 2 or more rows and columns"));
    const int64_t spare = call.shape(x)[i + 2] + d.window.pad_begin[i] + d.window.pad_end[i] - d.window.dilation[i] * (d.window.kernel[i] - 1) - 1;
    if (spare < 0) return invalid_model(str("the window does not fit into ", call.type(x).text()));
    d.out[i] = spare / d.window.stride[i] + 1;
    TRY(expect_created(d.out[i] * d.window.kernel[i]));
  }
  if (d.groups < 1 || call.shape(x)[1] % d.groups != 0) return invalid_model(str("deformable_groups is ", d.groups, " for ", call.type(x).text()));
  const Shape want{call.shape(x)[0], 3 * d.groups * d.window.kernel[0] * d.window.kernel[1], d.out[0], d.out[1]};
  if (call.shape(offsets) != want) return invalid_model(str("the offsets are ", call.type(offsets).text(), ", want ", want.text()));
  return d;
}

/// x [N,C,H,W] sampled at the regular positions of the window plus the offsets, times the factors: [N, C, rows * kernel rows, columns * kernel columns].
Result<Item> lower_deformable_offsets(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId offsets, call.tensor(1));
  TRY(call.want_rank(x, 4, "the input"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const Deformable d, deformable(call, x, offsets));
  const Shape in = call.shape(x);
  TRY_ASSIGN(const ir::ValueId x_offset, part(call, offsets, d, 0));
  TRY_ASSIGN(const ir::ValueId y_offset, part(call, offsets, d, 1));
  TRY_ASSIGN(const ir::ValueId factor, part(call, offsets, d, 2));
  TRY_ASSIGN(const ir::ValueId columns, grid_along(call, x_offset, d, 1, in[3]));
  TRY_ASSIGN(const ir::ValueId rows, grid_along(call, y_offset, d, 0, in[2]));
  TRY_ASSIGN(const ir::ValueId grid, call.concat({columns, rows}, 3));
  TRY_ASSIGN(const ir::ValueId images, call.reshape(x, {in[0] * d.groups, in[1] / d.groups, in[2], in[3]}));
  auto op = std::make_shared<ops::GridSample>();
  op->align_corners = true;
  TRY_ASSIGN(const ir::ValueId sampled, call.emit(std::move(op), {images, grid}));
  const int64_t height = d.out[0] * d.window.kernel[0];
  const int64_t width = d.out[1] * d.window.kernel[1];
  TRY_ASSIGN(const ir::ValueId factors, call.reshape(factor, {in[0] * d.groups, 1, height, width}));
  TRY_ASSIGN(const ir::ValueId weighed, call.binary(BinaryKind::kMul, sampled, factors));
  return call.result(call.reshape(weighed, {in[0], in[1], height, width}));
}

REGISTER_PRIMITIVE(DeformableOffsets, lower_deformable_offsets);

}  // namespace
}  // namespace mindird::mindir

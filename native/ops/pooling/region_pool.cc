// Position-Sensitive RoI Pooling (Dai et al., R-FCN) with the borders of MindSpore's PSROIPooling: corners are rounded after scaling, a region is at least 0.1
// wide and high, a cell reaches from the floor of its begin to the ceiling of its end, and both are clipped to the last row or column, which is itself never
// read. A cell without elements is 0. Positions are rounded to the element type step by step, so that a cell covers the same elements as there.
#include "ops/pooling/region_pool.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/support.h"

namespace mindird::ops {
namespace {

constexpr double kLeastExtent = 0.1;
constexpr int64_t kMostCells = 1024;  // of a grid, in each direction
constexpr int64_t kMostDepth = int64_t{1} << 24U;

/// [begin, end) of a cell along one axis.
struct Stretch {
  int64_t begin, end;
};

/// A position clipped to [0, last]; NaN is 0.
int64_t clipped(double position, int64_t last) { return position > 0 ? static_cast<int64_t>(std::min(position, static_cast<double>(last))) : 0; }

/// Cell `cell` of `cells` between two corners on an axis of `size` elements.
template <class T>
Stretch stretch(T low, T high, double scale, int64_t cell, int64_t cells, int64_t size) {
  using C = Compute<T>;
  const auto rounded = [](C value) { return load(store<T>(value)); };
  const C factor = rounded(static_cast<C>(scale));
  const C first = std::round(rounded(load(low) * factor));
  const C last = std::round(rounded(load(high) * factor));
  const C extent = std::max(rounded(last - first), rounded(static_cast<C>(kLeastExtent)));
  const C step = rounded(extent / static_cast<C>(cells));
  const double begin = std::floor(rounded(static_cast<C>(cell) * step));
  const double end = std::ceil(rounded(static_cast<C>(cell + 1) * step));
  return {clipped(begin + static_cast<double>(first), size - 1), clipped(end + static_cast<double>(first), size - 1)};
}

template <class T>
Accumulator<T> average(std::span<const T> plane, int64_t width, const Stretch& rows, const Stretch& columns) {
  if (rows.end <= rows.begin || columns.end <= columns.begin) return 0;
  Accumulator<T> sum = 0;
  for (int64_t y = rows.begin; y < rows.end; ++y) {
    for (int64_t x = columns.begin; x < columns.end; ++x) sum += widen(plane[static_cast<size_t>(y * width + x)]);
  }
  return sum / static_cast<double>((rows.end - rows.begin) * (columns.end - columns.begin));
}

}  // namespace

void RegionPool::attributes(ir::AttributeVisitor& v) {
  v.field("scale", scale);
  v.field("grid", grid);
  v.field("depth", depth);
}

Result<ir::Types> RegionPool::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in));
  TRY(expect_rank(in, 0, 4, 4));
  TRY(expect_rank(in, 1, 3, 3));
  if (grid < 1 || grid > kMostCells) return invalid_argument(str("grid is ", grid, ", want 1 to ", kMostCells));
  if (depth < 1 || depth > kMostDepth) return invalid_argument(str("depth is ", depth, ", want 1 to ", kMostDepth));
  const Shape& images = in[0].shape;
  TRY(expect_shape(in, 0, Shape{images[0], depth * grid * grid, images[2], images[3]}));
  const Shape& regions = in[1].shape;
  TRY(expect_shape(in, 1, Shape{regions[0], 5, regions[2]}));
  if (images[2] == 0 || images[3] == 0) return invalid_argument(str("input 0 is ", in[0].text(), ", want images with elements"));
  return one_output({in[0].dtype, Shape{regions[0] * regions[2], depth, grid, grid}});
}

Status RegionPool::evaluate(const ir::EvalArgs& args) const {
  const Shape& images = args.inputs[0].shape();
  const Shape& regions = args.inputs[1].shape();
  const int64_t height = images[2];
  const int64_t width = images[3];
  return dispatch_floating(args.inputs[0].dtype(), [&]<class T>() -> Status {
    const auto x = args.inputs[0].as<const T>();
    const auto given = args.inputs[1].as<const T>();
    T* to = args.outputs[0].as<T>().data();
    for (int64_t r = 0; r < regions[0] * regions[2]; ++r) {
      std::array<T, 5> region;
      for (int64_t k = 0; k < 5; ++k) region[static_cast<size_t>(k)] = given[static_cast<size_t>((r / regions[2] * 5 + k) * regions[2] + r % regions[2])];
      const auto image = static_cast<double>(load(region[0]));
      if (!(image > -1 && image < static_cast<double>(images[0])))
        return invalid_argument(str("region ", r, " is of image ", image, ", want 0 to ", images[0] - 1));
      for (int64_t cell = 0; cell < depth * grid * grid; ++cell) {
        const Stretch rows = stretch(region[2], region[4], scale, cell / grid % grid, grid, height);
        const Stretch columns = stretch(region[1], region[3], scale, cell % grid, grid, width);
        const auto plane = static_cast<size_t>((static_cast<int64_t>(image) * images[1] + cell) * height * width);
        *to++ = narrow<T>(average(x.subspan(plane, static_cast<size_t>(height * width)), width, rows, columns));
      }
    }
    return {};
  });
}

double RegionPool::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  // Cells of a region share out its rows and columns, at most all of an image.
  const auto grids = static_cast<double>(in[1].shape[0] * in[1].shape[2] * depth);
  return static_cast<double>(out[0].shape.elements()) + grids * static_cast<double>(in[0].shape[2] * in[0].shape[3]) * 4;
}

std::optional<ir::BatchAxis> RegionPool::batch_axis(const ir::BatchArgs& args) const {
  // Regions name images of the whole batch.
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(RegionPool);

}  // namespace mindird::ops

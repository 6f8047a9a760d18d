// GridSample: a grid value g in [-1, 1] stands for position (g + 1) / 2 * (size - 1) between the centres of the outer elements
// (align_corners), or ((g + 1) * size - 1) / 2 between the outer edges. bilinear weighs the four elements around the position
// (eight in a volume) by closeness, those outside counting as zero; nearest takes the closest, halves away from zero as in
// MindSpore. border and
// reflection first move a position outside onto an element or between two. What is no number gives zero.
#include "ops/image/grid_sample.h"

#include "ops/image/grid_sample_points.h"
#include "ops/support.h"

namespace mindird::ops {

void GridSample::attributes(ir::AttributeVisitor& v) {
  v.choice("interpolation", interpolation, kGridInterpolationNames);
  v.choice("padding", padding, kGridPaddingNames);
  v.field("align_corners", align_corners);
}

Result<ir::Types> GridSample::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in));
  TRY(expect_rank(in, 0, 4, 5));
  const Shape& x = in[0].shape;
  const size_t rank = x.rank();
  TRY(expect_rank(in, 1, rank, rank));
  Shape grid = in[1].shape;
  grid[0] = x[0];
  grid[rank - 1] = static_cast<int64_t>(rank) - 2;
  TRY(expect_shape(in, 1, grid));
  std::vector<int64_t> out{x[0], x[1]};
  out.insert(out.end(), grid.begin() + 1, grid.end() - 1);
  return one_output({in[0].dtype, Shape(std::move(out))});
}

Status GridSample::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& grid = args.inputs[1];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const int64_t batch = x.shape()[0];
  const int64_t channels = x.shape()[1];
  const GridSampling sampling = grid_sampling(*this, x.shape());
  const size_t dims = sampling.dims;
  const int64_t plane = sampling.size[0] * sampling.size[1] * sampling.size[2];
  const int64_t points = y.elements() / (batch * channels);
  return dispatch_floating(x.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const T* from = x.as<const T>().data();
    const T* at = grid.as<const T>().data();
    T* to = y.as<T>().data();
    for (int64_t n = 0; n < batch; ++n) {
      for (int64_t p = 0; p < points; ++p) {
        const T* point = at + (n * points + p) * static_cast<int64_t>(dims);
        const GridPoint<C> sample = sampling.at<C>({load(point[0]), load(point[1]), dims == 3 ? load(point[2]) : C{0}});
        for (int64_t c = 0; c < channels; ++c) {
          const T* values = from + (n * channels + c) * plane;
          C sum = 0;
          for (size_t i = 0; i < sample.count; ++i) sum += load(values[sample.offset[i]]) * sample.weight[i];
          to[(n * channels + c) * points + p] = store<T>(sum);
        }
      }
    }
  });
}

double GridSample::cost(std::span<const TensorType>, std::span<const TensorType> out) const {
  const double taps = interpolation == GridInterpolation::kNearest ? 1 : out[0].shape.rank() == 5 ? 8 : 4;
  return taps * static_cast<double>(out[0].shape.elements());
}

std::optional<ir::BatchAxis> GridSample::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis x = args.axes[0];
  if (none_batched(args)) return ir::BatchAxis{};
  // Channels share the grid: a batch along them needs a grid that knows nothing of it.
  if (x.axis == 1 && args.axes[1].axis < 0) return x;
  return x.axis == 0 && x == args.axes[1] ? std::optional(x) : std::nullopt;
}

REGISTER_OP(GridSample);

}  // namespace mindird::ops

// Conv, directly from its definition: for every output row the taps of the kernel are added one after the other, each over
// all columns it reaches. Sums are in double.
#include "ops/linear/conv.h"

#include "ops/linear/convolution.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

using Geometry = ConvolutionGeometry;

/// One output row: where it lies, and the channels and weights it is made from.
template <class T>
struct Row {
  const T* x;  // first input channel of the group
  const T* w;  // kernels of the output channel
  T* y;
  int64_t depth;
  int64_t line;
  double bias;
};

/// Adds one kernel line (fixed channel, depth and height) to the columns from `low` on.
template <class T>
void add_line(const Geometry& g, const T* x, const T* w, int64_t low, std::span<double> sums) {
  const int64_t high = low + static_cast<int64_t>(sums.size());
  for (int64_t k = 0; k < g.kernel[2]; ++k) {
    const double weight = widen(w[k]);
    const int64_t offset = k * g.dilation[2] - g.pad[2];
    const Range columns = positions_inside(g.stride[2], offset, g.in[2], low, high);
    for (int64_t c = columns.begin; c < columns.end; ++c) {
      sums[static_cast<size_t>(c - low)] += weight * widen(x[c * g.stride[2] + offset]);
    }
  }
}

template <class T>
void add_channel(const Geometry& g, const Row<T>& row, const T* x, const T* w, int64_t low, std::span<double> sums) {
  for (int64_t kd = 0; kd < g.kernel[0]; ++kd) {
    const int64_t d = row.depth * g.stride[0] - g.pad[0] + kd * g.dilation[0];
    if (d < 0 || d >= g.in[0]) continue;
    for (int64_t kh = 0; kh < g.kernel[1]; ++kh) {
      const int64_t h = row.line * g.stride[1] - g.pad[1] + kh * g.dilation[1];
      if (h < 0 || h >= g.in[1]) continue;
      add_line(g, x + (d * g.in[1] + h) * g.in[2], w + (kd * g.kernel[1] + kh) * g.kernel[2], low, sums);
    }
  }
}

template <class T>
void compute_row(const Geometry& g, const Row<T>& row) {
  std::array<double, kColumns> storage;
  for (int64_t low = 0; low < g.out[2]; low += kColumns) {
    const std::span sums = std::span(storage).first(static_cast<size_t>(std::min(kColumns, g.out[2] - low)));
    std::fill(sums.begin(), sums.end(), row.bias);
    for (int64_t c = 0; c < g.in_channels; ++c) {
      add_channel(g, row, row.x + c * volume(g.in), row.w + c * volume(g.kernel), low, sums);
    }
    for (size_t i = 0; i < sums.size(); ++i) row.y[low + static_cast<int64_t>(i)] = narrow<T>(sums[i]);
  }
}

template <class T>
void convolve(const Geometry& g, const ir::EvalArgs& args, int64_t groups) {
  const T* x = args.inputs[0].as<const T>().data();
  const T* w = args.inputs[1].as<const T>().data();
  const T* bias = args.inputs.size() > 2 ? args.inputs[2].as<const T>().data() : nullptr;
  T* y = args.outputs[0].as<T>().data();
  const int64_t batch = args.outputs[0].shape()[0];
  const int64_t outputs = groups * g.out_channels;
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t o = 0; o < outputs; ++o) {
      const int64_t group = o / g.out_channels;
      const T* from = x + (n * groups + group) * g.in_channels * volume(g.in);
      const T* kernels = w + o * g.in_channels * volume(g.kernel);
      const double start = bias ? widen(bias[o]) : 0.0;
      for (int64_t r = 0; r < g.out[0] * g.out[1]; ++r) {
        T* to = y + ((n * outputs + o) * g.out[0] * g.out[1] + r) * g.out[2];
        compute_row<T>(g, {from, kernels, to, r / g.out[1], r % g.out[1], start});
      }
    }
  }
}

}  // namespace

void Conv::attributes(ir::AttributeVisitor& v) {
  visit_window(v, *this);
  v.field("groups", groups);
}

Result<ir::Types> Conv::infer(std::span<const TensorType> in) const {
  TRY(expect_convolution(in, groups));
  const Shape& x = in[0].shape;
  const Shape& w = in[1].shape;
  if (x[1] % groups != 0 || w[1] != x[1] / groups || w[0] % groups != 0) return unfit_channels(in, groups);
  if (in.size() > 2) TRY(expect_shape(in, 2, Shape{w[0]}));
  const WindowAttributes window = window_of(*this, w);
  TRY(expect_window(window, x.rank() - 2));
  std::vector<int64_t> dims{x[0], w[0]};
  for (size_t d = 0; d + 2 < x.rank(); ++d) {
    TRY_ASSIGN(const int64_t count, window_count(window, d, x[d + 2], false));
    dims.push_back(count);
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Conv::evaluate(const ir::EvalArgs& args) const {
  const Shape& w = args.inputs[1].shape();
  const Geometry g = geometry_of(*this, args, w[1], w[0] / groups);
  return dispatch_floating(args.outputs[0].dtype(), [&]<class T>() { convolve<T>(g, args, groups); });
}

double Conv::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  return taps_of(in[1].shape) * static_cast<double>(out[0].shape.elements());
}

std::optional<ir::BatchAxis> Conv::batch_axis(const ir::BatchArgs& args) const { return convolution_batch_axis(args); }

REGISTER_OP(Conv);

}  // namespace mindird::ops

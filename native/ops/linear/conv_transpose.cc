// ConvTranspose, gathered per output row: output column o takes input column i through tap k where o + pad = i * stride + k * dilation.
// Sums are in double.
#include "ops/linear/conv_transpose.h"

#include "base/checked.h"
#include "ops/linear/convolution.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

using Geometry = ConvolutionGeometry;

/// The input position that reaches output position `out` of dim `d` through tap `k`, or -1.
int64_t source(const Geometry& g, size_t d, int64_t out, int64_t k) {
  const int64_t at = out + g.pad[d] - k * g.dilation[d];
  if (at < 0 || at % g.stride[d] != 0) return -1;
  const int64_t i = at / g.stride[d];
  return i < g.in[d] ? i : -1;
}

/// Adds what one input line gives through one kernel line to the output columns from `low` on.
template <class T>
void add_transposed_line(const Geometry& g, const T* x, const T* w, int64_t low, std::span<double> sums) {
  for (int64_t k = 0; k < g.kernel[2]; ++k) {
    const double weight = widen(w[k]);
    const int64_t offset = k * g.dilation[2] - g.pad[2] - low;
    const Range inputs = positions_inside(g.stride[2], offset, static_cast<int64_t>(sums.size()), 0, g.in[2]);
    for (int64_t i = inputs.begin; i < inputs.end; ++i) {
      sums[static_cast<size_t>(i * g.stride[2] + offset)] += weight * widen(x[i]);
    }
  }
}

template <class T>
void add_transposed_channel(const Geometry& g, int64_t depth, int64_t line, const T* x, const T* w, int64_t low, std::span<double> sums) {
  for (int64_t kd = 0; kd < g.kernel[0]; ++kd) {
    const int64_t d = source(g, 0, depth, kd);
    if (d < 0) continue;
    for (int64_t kh = 0; kh < g.kernel[1]; ++kh) {
      const int64_t h = source(g, 1, line, kh);
      if (h < 0) continue;
      add_transposed_line(g, x + (d * g.in[1] + h) * g.in[2], w + (kd * g.kernel[1] + kh) * g.kernel[2], low, sums);
    }
  }
}

/// All rows of one output channel of one sample; x is the first input channel of its group.
template <class T>
void compute_channel(const Geometry& g, const T* x, const T* w, double bias, T* y) {
  std::array<double, kColumns> storage;
  for (int64_t r = 0; r < g.out[0] * g.out[1]; ++r) {
    for (int64_t low = 0; low < g.out[2]; low += kColumns) {
      const std::span sums = std::span(storage).first(static_cast<size_t>(std::min(kColumns, g.out[2] - low)));
      std::fill(sums.begin(), sums.end(), bias);
      for (int64_t c = 0; c < g.in_channels; ++c) {
        const T* kernel = w + c * g.out_channels * volume(g.kernel);
        add_transposed_channel(g, r / g.out[1], r % g.out[1], x + c * volume(g.in), kernel, low, sums);
      }
      T* to = y + r * g.out[2] + low;
      for (size_t i = 0; i < sums.size(); ++i) to[i] = narrow<T>(sums[i]);
    }
  }
}

template <class T>
void convolve_transposed(const Geometry& g, const ir::EvalArgs& args, int64_t groups) {
  const T* x = args.inputs[0].as<const T>().data();
  const T* w = args.inputs[1].as<const T>().data();
  const T* bias = args.inputs.size() > 2 ? args.inputs[2].as<const T>().data() : nullptr;
  T* y = args.outputs[0].as<T>().data();
  const int64_t outputs = groups * g.out_channels;
  for (int64_t n = 0; n < args.outputs[0].shape()[0]; ++n) {
    for (int64_t o = 0; o < outputs; ++o) {
      const int64_t group = o / g.out_channels;
      const int64_t within = o % g.out_channels;
      const T* kernels = w + (group * g.in_channels * g.out_channels + within) * volume(g.kernel);
      compute_channel(g, x + (n * groups + group) * g.in_channels * volume(g.in), kernels, bias ? widen(bias[o]) : 0.0, y + (n * outputs + o) * volume(g.out));
    }
  }
}

}  // namespace

void ConvTranspose::attributes(ir::AttributeVisitor& v) {
  visit_window(v, *this);
  v.field("output_padding", output_padding);
  v.field("groups", groups);
}

Result<ir::Types> ConvTranspose::infer(std::span<const TensorType> in) const {
  TRY(expect_convolution(in, groups));
  const Shape& x = in[0].shape;
  const Shape& w = in[1].shape;
  const auto channels = checked_mul(w[1], groups);
  if (x[1] % groups != 0 || w[0] != x[1] || !channels) return unfit_channels(in, groups);
  if (in.size() > 2) TRY(expect_shape(in, 2, Shape{*channels}));
  const WindowAttributes window = window_of(*this, w);
  TRY(expect_window(window, x.rank() - 2));
  TRY(expect_count("output_padding", output_padding, x.rank() - 2));
  TRY(expect_between("output_padding", output_padding, 0, kMaxWindowValue));
  std::vector<int64_t> dims{x[0], *channels};
  for (size_t d = 0; d + 2 < x.rank(); ++d) {
    TRY_ASSIGN(const int64_t size, transposed_size(window, d, x[d + 2], output_padding[d]));
    dims.push_back(size);
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status ConvTranspose::evaluate(const ir::EvalArgs& args) const {
  const Shape& w = args.inputs[1].shape();
  const Geometry g = geometry_of(*this, args, w[0] / groups, w[1]);
  return dispatch_floating(args.outputs[0].dtype(), [&]<class T>() { convolve_transposed<T>(g, args, groups); });
}

double ConvTranspose::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  return taps_of(in[1].shape) * static_cast<double>(in[0].shape.elements());
}

std::optional<ir::BatchAxis> ConvTranspose::batch_axis(const ir::BatchArgs& args) const { return convolution_batch_axis(args); }

REGISTER_OP(ConvTranspose);

}  // namespace mindird::ops

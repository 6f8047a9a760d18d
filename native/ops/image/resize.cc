// Resize of the last two dims. Output position o of a dim reads the input around
//   asymmetric     o * in / out
//   half_pixel     (o + 0.5) * in / out - 0.5        (nearest: (o + 0.5) * in / out)
//   align_corners  o * (in - 1) / (out - 1)
// computed in float. nearest takes the element below it (align_corners: the closest, halves upward). bilinear weighs the
// elements on both sides, positions before the first counting as the first. bicubic weighs four elements by the cubic
// convolution kernel, its fraction rounded to 1/1024 as MindSpore's table of weights has it; under half_pixel a = -0.5 and
// elements outside are left out, the remaining weights scaled to a sum of 1; otherwise a = -0.75 and the edge is repeated.
#include "ops/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

/// The input elements one output position reads along a dim, and their weights.
template <size_t N>
struct Taps {
  std::array<int64_t, N> at{};
  std::array<float, N> weight{};
};

/// Where output position o reads along one dim.
struct Axis {
  Axis(int64_t in, int64_t out, ResizeCoordinates c) : size(in), coordinates(c) {
    const bool aligned = c == ResizeCoordinates::kAlignCorners && out > 1;
    scale = aligned ? static_cast<float>(in - 1) / static_cast<float>(out - 1) : static_cast<float>(in) / static_cast<float>(out);
  }

  bool half_pixel() const { return coordinates == ResizeCoordinates::kHalfPixel; }
  float position(int64_t o) const { return half_pixel() ? (static_cast<float>(o) + 0.5F) * scale - 0.5F : static_cast<float>(o) * scale; }
  int64_t clamp(int64_t i) const { return std::clamp<int64_t>(i, 0, size - 1); }

  int64_t size;
  ResizeCoordinates coordinates;
  float scale;
};

int64_t nearest(const Axis& axis, int64_t o) {
  if (axis.half_pixel()) return axis.clamp(static_cast<int64_t>((static_cast<float>(o) + 0.5F) * axis.scale));
  const float position = axis.position(o);
  return axis.clamp(static_cast<int64_t>(axis.coordinates == ResizeCoordinates::kAlignCorners ? std::round(position) : std::floor(position)));
}

Taps<2> linear_taps(const Axis& axis, int64_t o) {
  const float position = std::max(axis.position(o), 0.0F);
  const float below = std::floor(position);
  const auto first = static_cast<int64_t>(below);
  const float fraction = position - below;
  return {{axis.clamp(first), axis.clamp(first + 1)}, {1 - fraction, fraction}};
}

/// The cubic convolution kernel at distance d in [0, 2].
double cubic(double a, double d) { return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; }

Taps<4> cubic_taps(const Axis& axis, int64_t o) {
  const float position = axis.position(o);
  const float below = std::floor(position);
  const auto first = static_cast<int64_t>(below) - 1;
  const double fraction = static_cast<double>(std::lrintf((position - below) * 1024)) / 1024;
  const double a = axis.half_pixel() ? -0.5 : -0.75;
  Taps<4> taps;
  float sum = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int64_t wanted = first + static_cast<int64_t>(i);
    taps.at[i] = axis.clamp(wanted);
    const bool left_out = axis.half_pixel() && taps.at[i] != wanted;
    taps.weight[i] = left_out ? 0 : static_cast<float>(cubic(a, std::abs(fraction + 1 - static_cast<double>(i))));
    sum += taps.weight[i];
  }
  if (axis.half_pixel()) {
    for (float& w : taps.weight) w /= sum;
  }
  return taps;
}

void resize_nearest(const Tensor& x, const Tensor& y, const Axis& rows, const Axis& columns, int64_t height, int64_t width) {
  std::vector<size_t> source;
  for (int64_t o = 0; o < width; ++o) source.push_back(static_cast<size_t>(nearest(columns, o)));
  const int64_t planes = y.elements() / (height * width);
  dispatch_element_size(x.dtype(), [&]<size_t N>() {
    std::byte* to = y.data;
    for (int64_t p = 0; p < planes; ++p) {
      for (int64_t o = 0; o < height; ++o) {
        const std::byte* from = x.data + static_cast<size_t>((p * rows.size + nearest(rows, o)) * columns.size) * N;
        for (const size_t s : source) {
          std::memcpy(to, from + s * N, N);
          to += N;
        }
      }
    }
  });
}

template <size_t K, class MakeTaps>
Status resize_weighted(const Tensor& x, const Tensor& y, const Axis& rows, const Axis& columns, int64_t height, int64_t width, MakeTaps make) {
  std::vector<Taps<K>> across;
  for (int64_t o = 0; o < width; ++o) across.push_back(make(columns, o));
  const int64_t planes = y.elements() / (height * width);
  return dispatch_floating(x.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const auto from = x.as<const T>();
    T* to = y.as<T>().data();
    for (int64_t p = 0; p < planes; ++p) {
      for (int64_t o = 0; o < height; ++o) {
        const Taps<K> down = make(rows, o);
        for (const Taps<K>& taps : across) {
          C sum = 0;
          for (size_t r = 0; r < K; ++r) {
            const T* row = from.data() + (p * rows.size + down.at[r]) * columns.size;
            C part = 0;
            for (size_t c = 0; c < K; ++c) part += load(row[taps.at[c]]) * static_cast<C>(taps.weight[c]);
            sum += part * static_cast<C>(down.weight[r]);
          }
          *to++ = store<T>(sum);
        }
      }
    }
  });
}

}  // namespace

std::vector<int64_t> nearest_positions(int64_t in, int64_t out, ResizeCoordinates coordinates) {
  const Axis axis(in, out, coordinates);
  std::vector<int64_t> positions;
  for (int64_t o = 0; o < out; ++o) positions.push_back(nearest(axis, o));
  return positions;
}

ResizeTable resize_table(const Resize& op, size_t dim, int64_t in) {
  ResizeTable table;
  const Axis axis(in, op.size[dim], op.coordinates);
  const auto add = [&](const auto& taps) {
    table.taps = taps.at.size();
    table.at.insert(table.at.end(), taps.at.begin(), taps.at.end());
    table.weight.insert(table.weight.end(), taps.weight.begin(), taps.weight.end());
  };
  for (int64_t o = 0; o < op.size[dim]; ++o) {
    switch (op.mode) {
      case ResizeMode::kNearest: add(Taps<1>{{nearest(axis, o)}, {1}}); break;
      case ResizeMode::kBilinear: add(linear_taps(axis, o)); break;
      case ResizeMode::kBicubic: add(cubic_taps(axis, o)); break;
    }
  }
  return table;
}

void Resize::attributes(ir::AttributeVisitor& v) {
  v.choice("mode", mode, kResizeModeNames);
  v.choice("coordinates", coordinates, kResizeCoordinatesNames);
  v.field("size", size);
}

Result<ir::Types> Resize::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  TRY(expect_rank(in, 0, 2));
  if (mode != ResizeMode::kNearest) TRY(expect_floating(in, 0));
  TRY(expect_count("size", size, 2));
  TRY(expect_between("size", size, 0, kMaxWindowValue));
  Shape shape = in[0].shape;
  for (size_t i = 0; i < 2; ++i) {
    const size_t d = shape.rank() - 2 + i;
    if (shape[d] == 0) return invalid_argument(str("input 0 is ", in[0].text(), ", want elements in dimension ", d));
    shape[d] = size[i];
  }
  return one_output({in[0].dtype, std::move(shape)});
}

Status Resize::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const size_t rank = x.shape().rank();
  const Axis rows(x.shape()[rank - 2], size[0], coordinates);
  const Axis columns(x.shape()[rank - 1], size[1], coordinates);
  if (mode == ResizeMode::kBilinear) return resize_weighted<2>(x, y, rows, columns, size[0], size[1], linear_taps);
  if (mode == ResizeMode::kBicubic) return resize_weighted<4>(x, y, rows, columns, size[0], size[1], cubic_taps);
  resize_nearest(x, y, rows, columns, size[0], size[1]);
  return {};
}

double Resize::cost(std::span<const TensorType>, std::span<const TensorType> out) const {
  const double taps = mode == ResizeMode::kNearest ? 1 : mode == ResizeMode::kBilinear ? 4 : 16;
  return taps * static_cast<double>(out[0].shape.elements());
}

std::optional<ir::BatchAxis> Resize::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis + 2 >= static_cast<int64_t>(args.inputs[0].shape.rank())) return std::nullopt;
  return batch;
}

REGISTER_OP(Resize);

}  // namespace mindird::ops

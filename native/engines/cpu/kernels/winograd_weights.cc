#include <algorithm>
#include <limits>

#include "engines/cpu/kernels/winograd.h"

namespace mindird::engines::cpu {
namespace {

constexpr int64_t kMostTile = 6;
constexpr int64_t kMostKernel = 5;

/// A row of G is a polynomial's value at one point: scale * (1, p, p^2, …); at infinity it is the last coefficient.
struct Point {
  double at;
  double scale;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Point kPoints6[] = {{0, 1.0 / 4}, {1, -1.0 / 6}, {-1, -1.0 / 6}, {2, 1.0 / 24}, {-2, 1.0 / 24}, {kInfinity, 1}};
constexpr Point kPoints4[] = {{0, 1}, {1, 0.5}, {-1, 0.5}, {kInfinity, 1}};

using Matrix = double[kMostTile][kMostKernel];

void fill_g(const WinogradShape& s, Matrix& g) {
  for (int64_t i = 0; i < s.tile; ++i) {
    const Point& point = s.tile == 6 ? kPoints6[i] : kPoints4[i];
    double power = point.scale;
    for (int64_t k = 0; k < s.kernel; ++k) {
      g[i][k] = point.at == kInfinity ? (k + 1 == s.kernel ? 1 : 0) : power;
      if (point.at != kInfinity) power *= point.at;
    }
  }
}

/// G w G' in double, rounded once; a point every `step` floats.
void transform(const WinogradShape& s, const Matrix& g, const float* w, float* u, int64_t step) {
  Matrix t{};
  for (int64_t i = 0; i < s.tile; ++i) {
    for (int64_t j = 0; j < s.kernel; ++j) {
      for (int64_t k = 0; k < s.kernel; ++k) t[i][j] += g[i][k] * static_cast<double>(w[k * s.kernel + j]);
    }
  }
  for (int64_t i = 0; i < s.tile; ++i) {
    for (int64_t j = 0; j < s.tile; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < s.kernel; ++k) sum += t[i][k] * g[j][k];
      u[(i * s.tile + j) * step] = static_cast<float>(sum);
    }
  }
}

}  // namespace

void winograd_weights(const WinogradShape& shape, const float* w, float* u) {
  Matrix g{};
  fill_g(shape, g);
  const int64_t plane = shape.in_channels * shape.out_channels;
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    const int64_t panel = o / kWinogradPanel * kWinogradPanel;
    const int64_t width = std::min(kWinogradPanel, shape.out_channels - panel);
    for (int64_t i = 0; i < shape.in_channels; ++i) {
      float* to = u + panel * shape.in_channels + i * width + (o - panel);
      transform(shape, g, w + (o * shape.in_channels + i) * shape.kernel * shape.kernel, to, plane);
    }
  }
}

}  // namespace mindird::engines::cpu

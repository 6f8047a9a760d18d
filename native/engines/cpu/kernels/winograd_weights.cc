#include <algorithm>

#include "engines/cpu/kernels/winograd.h"

namespace mindird::engines::cpu {
namespace {

constexpr double kG[6][3] = {
    {1.0 / 4, 0, 0}, {-1.0 / 6, -1.0 / 6, -1.0 / 6}, {-1.0 / 6, 1.0 / 6, -1.0 / 6}, {1.0 / 24, 1.0 / 12, 1.0 / 6}, {1.0 / 24, -1.0 / 12, 1.0 / 6}, {0, 0, 1}};

/// G g G' in double, rounded once.
void transform(const float* g, float (&u)[6][6]) {
  double t[6][3];
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 3; ++j) t[i][j] = kG[i][0] * g[j] + kG[i][1] * g[3 + j] + kG[i][2] * g[6 + j];
  }
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) u[i][j] = static_cast<float>(t[i][0] * kG[j][0] + t[i][1] * kG[j][1] + t[i][2] * kG[j][2]);
  }
}

}  // namespace

void winograd_weights(const WinogradShape& shape, const float* w, float* u) {
  const int64_t plane = shape.in_channels * shape.out_channels;
  for (int64_t o = 0; o < shape.out_channels; ++o) {
    const int64_t panel = o / kWinogradPanel * kWinogradPanel;
    const int64_t width = std::min(kWinogradPanel, shape.out_channels - panel);
    for (int64_t i = 0; i < shape.in_channels; ++i) {
      float t[6][6];
      transform(w + (o * shape.in_channels + i) * 9, t);
      float* to = u + panel * shape.in_channels + i * width + (o - panel);
      for (int64_t p = 0; p < kWinogradPoints; ++p) to[p * plane] = t[p / 6][p % 6];
    }
  }
}

}  // namespace mindird::engines::cpu

#include "engines/cpu/kernels/dense_fixed.h"

#include <cmath>
#include <limits>
#include <vector>

#include "engines/cpu/kernels/dense_part.h"

namespace mindird::engines::cpu {
namespace {

constexpr float kMostSteps = 32767;

MINDIRD_CLONES void fixed1(const DenseShape& s, const DenseData<Fixed16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<1>(s, d, e, f, l); }
MINDIRD_CLONES void fixed2(const DenseShape& s, const DenseData<Fixed16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<2>(s, d, e, f, l); }
MINDIRD_CLONES void fixed3(const DenseShape& s, const DenseData<Fixed16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<3>(s, d, e, f, l); }
MINDIRD_CLONES void fixed4(const DenseShape& s, const DenseData<Fixed16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<4>(s, d, e, f, l); }
MINDIRD_CLONES void fixed5(const DenseShape& s, const DenseData<Fixed16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<5>(s, d, e, f, l); }
MINDIRD_CLONES void fixed6(const DenseShape& s, const DenseData<Fixed16>& d, const Epilogue& e, int64_t f, int64_t l) { dense::panels<6>(s, d, e, f, l); }

using FixedKernel = void (*)(const DenseShape&, const DenseData<Fixed16>&, const Epilogue&, int64_t, int64_t);
constexpr FixedKernel kFixedKernels[kMaxDenseRows] = {fixed1, fixed2, fixed3, fixed4, fixed5, fixed6};

/// Calls f(depth index, column, value) for the columns [first, last), in the order in which they lie in memory.
template <class F>
void for_each(const GivenMatrix& m, int64_t first, int64_t last, F&& f) {
  if (m.column_stride == 1) {
    for (int64_t k = 0; k < m.depth; ++k) {
      for (int64_t c = first; c < last; ++c) f(k, c, m.data[k * m.row_stride + c]);
    }
    return;
  }
  for (int64_t c = first; c < last; ++c) {
    for (int64_t k = 0; k < m.depth; ++k) f(k, c, m.data[k * m.row_stride + c * m.column_stride]);
  }
}

/// To the nearest whole number, of numbers far below 2^22: the sum has no room for a fraction.
float rounded(float v) {
  constexpr float kShift = 12582912;  // 1.5 * 2^23
  return (v + kShift) - kShift;
}

/// One column while it is rounded.
struct ColumnState {
  float most = 0;    // magnitude
  float factor = 0;  // steps for 1
  double step = 0;
  double error = 0;  // squares
  double whole = 0;  // magnitudes
};

/// Magnitudes, scales and steps of the columns from `first` on; false where a weight is no finite number.
bool measure_columns(const GivenMatrix& given, int64_t first, std::span<ColumnState> columns, float* scales) {
  bool finite = true;
  for_each(given, first, first + static_cast<int64_t>(columns.size()), [&](int64_t, int64_t c, float v) {
    float& most = columns[static_cast<size_t>(c - first)].most;
    const float magnitude = std::abs(v);
    finite &= magnitude <= std::numeric_limits<float>::max();
    most = magnitude > most ? magnitude : most;
  });
  for (size_t c = 0; c < columns.size(); ++c) {
    ColumnState& column = columns[c];
    // A column of numbers too small for steps of their own rounds to nothing.
    const bool tiny = column.most < std::numeric_limits<float>::min() * 2 * kMostSteps;
    scales[c] = tiny ? 0 : column.most / kMostSteps * 32768.0F;
    column.factor = tiny ? 0 : kMostSteps / column.most;
    column.step = static_cast<double>(scales[c]) / 32768;
  }
  return finite;
}

/// Where a column lies in a line of a panel: those of two vectors alternate, as the kernel reads them.
int64_t place_of(int64_t column) { return column / 32 * 32 + column % 16 * 2 + column % 32 / 16; }

/// One panel, its columns [first, last); gives the cost of the worst.
double round_panel(const GivenMatrix& given, int64_t first, int64_t last, int64_t width, Fixed16* panel, float* scales) {
  std::vector<ColumnState> columns(static_cast<size_t>(last - first));
  if (!measure_columns(given, first, columns, scales)) return std::numeric_limits<double>::infinity();
  for_each(given, first, last, [&](int64_t k, int64_t c, float v) {
    ColumnState& column = columns[static_cast<size_t>(c - first)];
    float steps = std::clamp(rounded(v * column.factor), -kMostSteps, kMostSteps);
    // What is not zero does not become zero: infinity times zero would be no number.
    if (steps == 0 && v != 0 && column.factor > 0) steps = std::copysign(1.0F, v);
    panel[k * width + place_of(c - first)] = {static_cast<int16_t>(steps)};
    const double gap = static_cast<double>(v) - static_cast<double>(steps) * column.step;
    column.error += gap * gap;
    column.whole += static_cast<double>(std::abs(v));
  });
  double cost = 0;
  const auto depth = static_cast<double>(given.depth);
  for (const ColumnState& column : columns) {
    if (column.error > 0) cost = std::max(cost, std::sqrt(column.error / depth) / (column.whole / depth));
  }
  return cost;
}

}  // namespace

double round_to_fixed(const GivenMatrix& given, int64_t width, std::span<Fixed16> panels, std::span<float> scales) {
  std::ranges::fill(panels, Fixed16{});
  std::ranges::fill(scales, 0.0F);
  double cost = 0;
  for (int64_t first = 0; first < given.columns; first += width) {
    Fixed16* panel = panels.data() + first * given.depth;
    cost = std::max(cost, round_panel(given, first, std::min(first + width, given.columns), width, panel, scales.data() + first));
    if (std::isinf(cost)) return cost;
  }
  return cost;
}

void dense_fixed(const DenseShape& shape, const DenseData<Fixed16>& data, const Epilogue& epilogue, int64_t first, int64_t last) {
  for (int64_t p = first; p < last; ++p) {
    for (int64_t row = 0; row < shape.rows; row += kMaxDenseRows) {
      DenseShape part = shape;
      part.rows = std::min(kMaxDenseRows, shape.rows - row);
      DenseData<Fixed16> its = data;
      its.x += row * shape.depth;
      its.y += row * shape.columns;
      if (its.residual) its.residual += row * shape.columns;
      kFixedKernels[part.rows - 1](part, its, epilogue, p, p + 1);
    }
  }
}

}  // namespace mindird::engines::cpu

#include "engines/cpu/kernels/resize_rows.h"

#include <cstddef>

namespace mindird::engines::cpu {
namespace {

template <int kTaps>
MINDIRD_CLONES void across(const TapTable& columns, const float* x, float* y) {
  const int64_t count = columns.count;
  const int32_t* at = columns.at.data();
  const float* weight = columns.weight.data();
  for (int64_t o = 0; o < count; ++o) {
    float sum = 0;
    for (int t = 0; t < kTaps; ++t) sum += x[at[t * count + o]] * weight[t * count + o];
    y[o] = sum;
  }
}

template <int kTaps>
MINDIRD_CLONES void down(const float* const* rows, const float* weight, float* y, int64_t count) {
  for (int64_t o = 0; o < count; ++o) {
    float sum = 0;
    for (int t = 0; t < kTaps; ++t) sum += rows[t][o] * weight[t];
    y[o] = sum;
  }
}

template <int kTaps>
MINDIRD_CLONES void pixels(const TapTable& columns, const float* const* rows, const float* weight, int64_t channels, float* y) {
  const int64_t count = columns.count;
  for (int64_t o = 0; o < count; ++o, y += channels) {
    const float* from[kTaps * kTaps];
    float across_weight[kTaps];
    for (int t = 0; t < kTaps; ++t) {
      across_weight[t] = columns.weight[static_cast<size_t>(t * count + o)];
      const int64_t offset = columns.at[static_cast<size_t>(t * count + o)] * channels;
      for (int r = 0; r < kTaps; ++r) from[r * kTaps + t] = rows[r] + offset;
    }
    for (int64_t c = 0; c < channels; ++c) {
      float sum = 0;
      for (int r = 0; r < kTaps; ++r) {
        float part = 0;
        for (int t = 0; t < kTaps; ++t) part += from[r * kTaps + t][c] * across_weight[t];
        sum += part * weight[r];
      }
      y[c] = sum;
    }
  }
}

template <class Bits>
MINDIRD_CLONES void nearest(const TapTable& columns, const Bits* x, Bits* y) {
  const int32_t* at = columns.at.data();
  for (int64_t o = 0; o < columns.count; ++o) y[o] = x[at[o]];
}

}  // namespace

void resize_across(const TapTable& columns, const float* x, float* y) { columns.taps == 2 ? across<2>(columns, x, y) : across<4>(columns, x, y); }

void resize_down(int64_t taps, const float* const* rows, const float* weight, float* y, int64_t count) {
  taps == 2 ? down<2>(rows, weight, y, count) : down<4>(rows, weight, y, count);
}

void resize_pixels(const TapTable& columns, const float* const* rows, const float* weight, int64_t channels, float* y) {
  columns.taps == 2 ? pixels<2>(columns, rows, weight, channels, y) : pixels<4>(columns, rows, weight, channels, y);
}

void resize_nearest(const TapTable& columns, const std::byte* x, int64_t element, std::byte* y) {
  const auto run = [&]<class Bits>(Bits) { nearest(columns, reinterpret_cast<const Bits*>(x), reinterpret_cast<Bits*>(y)); };
  switch (element) {
    case 1: return run(uint8_t{});
    case 2: return run(uint16_t{});
    case 4: return run(uint32_t{});
    default: return run(uint64_t{});
  }
}

}  // namespace mindird::engines::cpu

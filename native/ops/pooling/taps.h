// The elements of the input under the windows of Pool and PoolPositions.
#pragma once

#include "ops/pooling/window.h"

namespace mindird::ops {

struct PoolGeometry {
  Triple in;
  Triple out;
  Triple kernel;
  Triple stride;
  Triple dilation;
  Triple begin;
  Triple end;
};

/// Taps of the window at one output position of one dim that lie in the input, and the number of those in the padded input.
struct Taps {
  int64_t start;  // position of tap 0
  Range inside;   // tap numbers
  int64_t padded;
};
using WindowTaps = std::array<Taps, 3>;

inline Taps taps_at(const PoolGeometry& g, size_t d, int64_t out) {
  const int64_t start = out * g.stride[d] - g.begin[d];
  const Range inside = positions_inside(g.dilation[d], start, g.in[d], 0, g.kernel[d]);
  const Range padded = positions_inside(g.dilation[d], start + g.begin[d], g.begin[d] + g.in[d] + g.end[d], 0, g.kernel[d]);
  return {start, inside, padded.end - padded.begin};
}

/// Calls f with the offset in its plane of every tap, in order.
template <class F>
void for_each_tap(const PoolGeometry& g, const WindowTaps& t, F&& f) {
  for (int64_t i = t[0].inside.begin; i < t[0].inside.end; ++i) {
    for (int64_t j = t[1].inside.begin; j < t[1].inside.end; ++j) {
      const int64_t d = t[0].start + i * g.dilation[0];
      const int64_t h = t[1].start + j * g.dilation[1];
      const int64_t line = (d * g.in[1] + h) * g.in[2] + t[2].start;
      for (int64_t k = t[2].inside.begin; k < t[2].inside.end; ++k) f(line + k * g.dilation[2]);
    }
  }
}

/// Calls f with the taps of every window of a plane, in the order of the outputs.
template <class F>
void for_each_window(const PoolGeometry& g, F&& f) {
  for (int64_t d = 0; d < g.out[0]; ++d) {
    for (int64_t h = 0; h < g.out[1]; ++h) {
      WindowTaps t{taps_at(g, 0, d), taps_at(g, 1, h), {}};
      for (int64_t w = 0; w < g.out[2]; ++w) {
        t[2] = taps_at(g, 2, w);
        f(t);
      }
    }
  }
}

}  // namespace mindird::ops

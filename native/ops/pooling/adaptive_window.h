// The windows of AdaptivePool and AdaptivePoolPositions: window i of a dim covers [floor(i * in / out), ceil((i + 1) * in / out)).
#pragma once

#include "ops/pooling/window.h"

namespace mindird::ops {

using AdaptiveBox = std::array<Range, 3>;

/// The window of output element i of a plane.
inline AdaptiveBox adaptive_box(const Triple& in, const Triple& out, int64_t i) {
  const auto window = [&](size_t d, int64_t at) { return Range{at * in[d] / out[d], ((at + 1) * in[d] + out[d] - 1) / out[d]}; };
  return {window(0, i / (out[1] * out[2])), window(1, i / out[2] % out[1]), window(2, i % out[2])};
}

/// Calls f with the offset in its plane of every element of a window, in order.
template <class F>
void for_each_element(const Triple& in, const AdaptiveBox& box, F&& f) {
  for (int64_t d = box[0].begin; d < box[0].end; ++d) {
    for (int64_t h = box[1].begin; h < box[1].end; ++h) {
      for (int64_t w = box[2].begin; w < box[2].end; ++w) f((d * in[1] + h) * in[2] + w);
    }
  }
}

}  // namespace mindird::ops

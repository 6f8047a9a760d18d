// Steps of own kernels that treat every element alike.
#pragma once

#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/node_builder.h"
#include "engines/cpu/run/frame.h"

namespace mindird::engines::cpu {

/// A step that calls f(const float* x, float* y, int64_t count) for parts of dense f32 values of one layout; the same memory allowed if f allows it.
template <class F>
void emit_run(NodeBuilder& b, const Placed& x, const Placed& y, F f) {
  const int64_t count = y.layout.dims.elements();
  b.emit(y.layout.text(), {x.ref, y.ref}, [f, count, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const auto* from = frame.at<const float>(x);
    auto* to = frame.at<float>(y);
    parallel_for(frame.threads, count, [&](int64_t first, int64_t last) { f(from + first, to + first, last - first); });
    return {};
  });
}

}  // namespace mindird::engines::cpu

// Two-operand elementwise loops: the common steps of the innermost run (both contiguous, one constant) get loops of their own.
#pragma once

#include <cstdint>

#include "ops/elementwise/broadcast.h"

namespace mindird::ops {

/// out[i] = f(x[broadcast i], y[broadcast i]).
template <class In, class Out, class F>
void broadcast_loop(const Tensor& x, const Tensor& y, const Tensor& out, F&& f) {
  const BroadcastWalk<2> walk(out.shape(), {&x.shape(), &y.shape()});
  const int64_t n = walk.run();
  const int64_t sx = walk.step(0);
  const int64_t sy = walk.step(1);
  const In* xs = x.as<const In>().data();
  const In* ys = y.as<const In>().data();
  Out* outs = out.as<Out>().data();
  walk.for_each_run([&](int64_t at, const std::array<int64_t, 2>& from) {
    const In* a = xs + from[0];
    const In* b = ys + from[1];
    Out* o = outs + at;
    if (sx == 1 && sy == 1) {
      for (int64_t i = 0; i < n; ++i) o[i] = f(a[i], b[i]);
    } else if (sx == 1 && sy == 0) {
      const In constant = *b;
      for (int64_t i = 0; i < n; ++i) o[i] = f(a[i], constant);
    } else if (sx == 0 && sy == 1) {
      const In constant = *a;
      for (int64_t i = 0; i < n; ++i) o[i] = f(constant, b[i]);
    } else {
      for (int64_t i = 0; i < n; ++i) o[i] = f(a[i * sx], b[i * sy]);
    }
  });
}

}  // namespace mindird::ops

// How alike two tensors are, for results of different number formats.
#pragma once

#include <algorithm>
#include <cmath>

#include "ops/support.h"

namespace mindird::test {

/// Cosine of the angle between two tensors of one floating type as vectors, in double; 1 for equal ones (two of zeros alone included), -1 when
/// elements are not finite in the same places.
inline double cosine(const Tensor& got, const Tensor& want) {
  double dot = 0;
  double a = 0;
  double b = 0;
  bool alike = got.type == want.type;
  const Status status = ops::dispatch_floating(want.dtype(), [&]<class T>() {
    const auto x = got.as<const T>();
    const auto y = want.as<const T>();
    for (size_t i = 0; alike && i < x.size(); ++i) {
      const auto p = static_cast<double>(ops::load(x[i]));
      const auto q = static_cast<double>(ops::load(y[i]));
      alike = std::isfinite(p) == std::isfinite(q);
      if (!alike || !std::isfinite(p)) continue;
      dot += p * q;
      a += p * p;
      b += q * q;
    }
  });
  if (!status.ok() || !alike) return -1;
  return a == b && a == dot ? 1 : dot / std::sqrt(a * b);
}

}  // namespace mindird::test

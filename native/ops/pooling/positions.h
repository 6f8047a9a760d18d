// What PoolPositions and AdaptivePoolPositions share: the search for the position of a maximum.
#pragma once

#include <limits>

#include "ops/support.h"

namespace mindird::ops {

/// Offset of the largest element seen, of the first one among equals; NaN is larger than all others, and the last one counts. 0 when none was seen.
template <class T>
class LargestSeen {
 public:
  explicit LargestSeen(const T* plane) : plane_(plane) {}

  void see(int64_t at) {
    const auto value = load(plane_[at]);
    if (seen_ && !(value > best_) && value == value) return;
    best_ = value;
    at_ = at;
    seen_ = true;
  }
  int64_t at() const { return at_; }

 private:
  const T* plane_;
  Compute<T> best_{};
  int64_t at_ = 0;
  bool seen_ = false;
};

/// Element i of an i32 or i64 tensor becomes `value`.
inline void write_position(const Tensor& out, size_t i, int64_t value) {
  if (out.dtype() == DType::kI64) {
    out.as<int64_t>()[i] = value;
  } else {
    out.as<int32_t>()[i] = static_cast<int32_t>(value);
  }
}

/// Positions are i32 or i64, and the largest one below `count` fits.
Status expect_position_type(DType type, int64_t count);

}  // namespace mindird::ops

#include "engines/cpu/kernels/copy.h"

#include <cstring>

#include "engines/cpu/stream.h"
#include "ops/movement/strided_copy.h"

namespace mindird::engines::cpu {

BlockCopy::BlockCopy(DType dtype, const Layout& from, const Layout& to, int64_t offset)
    : dtype_(dtype), from_(from), to_(to), nest_(to, {from}), offset_(offset) {}

void BlockCopy::run(const std::byte* from, std::byte* to, int threads) const {
  const auto element = static_cast<int64_t>(dtype_size(dtype_));
  to += offset_ * element;
  if (nest_.run_step(0) != 1 || nest_.run_step(1) != 1) {
    ops::StridedCopy copy(dtype_, from, to);
    for (size_t d : to_.memory_order()) copy.add_dim(to_.dims[d], from_.strides[d], to_.strides[d]);
    copy.run();
    return;
  }
  const auto bytes = static_cast<size_t>(nest_.run_length() * element);
  parallel_for(threads, nest_.runs(), [&](int64_t first, int64_t last) {
    nest_.for_runs(first, last, [&](const Offsets& o) { std::memcpy(to + o[0] * element, from + o[1] * element, bytes); });
  });
}

}  // namespace mindird::engines::cpu

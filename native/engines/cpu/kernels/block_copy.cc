#include "engines/cpu/kernels/block_copy.h"

#include <cstring>

#include "engines/cpu/kernels/vector.h"
#include "ops/indexing/support_index.h"
#include "ops/movement/strided_copy.h"

namespace mindird::engines::cpu {
namespace {

template <size_t N>
struct BytesOf {
  using Type = std::conditional_t<N == 1, uint8_t, std::conditional_t<N == 2, uint16_t, std::conditional_t<N == 4, uint32_t, uint64_t>>>;
};

template <class Bits>
MINDIRD_CLONES void repeat(const Bits* from, Bits* to, int64_t count) {
  const Bits value = *from;
  for (int64_t i = 0; i < count; ++i) to[i] = value;
}

template <class Bits>
MINDIRD_CLONES void reverse(const Bits* from, Bits* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = from[-i];
}

bool is_run(const LoopNest& nest) { return nest.run_step(0) == 1 && nest.run_step(1) >= -1 && nest.run_step(1) <= 1; }

}  // namespace

BlockCopy::BlockCopy(DType dtype, const Layout& from, int64_t from_offset, const Layout& to, int64_t to_offset)
    : dtype_(dtype), from_(from), to_(to), nest_(to, {from}), from_offset_(from_offset), to_offset_(to_offset) {}

void BlockCopy::run(const std::byte* from, std::byte* to, int64_t first, int64_t last) const {
  const auto element = static_cast<int64_t>(dtype_size(dtype_));
  from += from_offset_ * element;
  to += to_offset_ * element;
  if (!is_run(nest_)) return run_tiles(from, to, first, last);
  ops::dispatch_element_size(dtype_, [&]<size_t N>() {
    using Bits = typename BytesOf<N>::Type;
    nest_.for_runs(first, last, [&](const Offsets& o, int64_t count) {
      const auto* source = reinterpret_cast<const Bits*>(from) + o[1];
      auto* target = reinterpret_cast<Bits*>(to) + o[0];
      if (nest_.run_step(1) == 1) {
        std::memcpy(target, source, static_cast<size_t>(count) * N);
      } else if (nest_.run_step(1) == 0) {
        repeat(source, target, count);
      } else {
        reverse(source, target, count);
      }
    });
  });
}

void BlockCopy::run_tiles(const std::byte* from, std::byte* to, int64_t first, int64_t last) const {
  // Shares are cut along the longest dim, so that what lies side by side on either side stays together in most of them.
  size_t longest = 0;
  for (size_t d = 1; d < to_.dims.rank(); ++d) {
    if (to_.dims[d] > to_.dims[longest]) longest = d;
  }
  const int64_t size = to_.dims[longest];
  const int64_t begin = first * size / elements();
  const int64_t end = last * size / elements();
  const auto element = static_cast<int64_t>(dtype_size(dtype_));
  ops::StridedCopy copy(dtype_, from + begin * from_.strides[longest] * element, to + begin * to_.strides[longest] * element);
  for (size_t d : to_.memory_order()) copy.add_dim(d == longest ? end - begin : to_.dims[d], from_.strides[d], to_.strides[d]);
  copy.run();
}

}  // namespace mindird::engines::cpu

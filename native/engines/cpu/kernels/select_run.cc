// Elements are chosen by their size alone.
#include "engines/cpu/kernels/element_run.h"
#include "ops/indexing/support_index.h"

namespace mindird::engines::cpu {
namespace {

/// x and y advance by their steps; a step of 0 or 1 known to the compiler makes a vector loop.
template <class Bits, class XStep, class YStep>
MINDIRD_INLINE void choose(const ElementRun& r, XStep x_step, YStep y_step) {
  const auto* condition = reinterpret_cast<const uint8_t*>(r.from[0]);
  const Bits* x = reinterpret_cast<const Bits*>(r.from[1]);
  const Bits* y = reinterpret_cast<const Bits*>(r.from[2]);
  Bits* z = reinterpret_cast<Bits*>(r.to);
  for (int64_t i = 0; i < r.count; ++i) {
    const Bits a = x[i * x_step];
    const Bits b = y[i * y_step];
    z[i] = condition[i] != 0 ? a : b;
  }
}

template <class Bits>
MINDIRD_CLONES void select(const ElementRun& r) {
  using Same = std::integral_constant<int64_t, 0>;
  using Next = std::integral_constant<int64_t, 1>;
  if (r.step[0] == 1 && r.step[1] == 1 && r.step[2] == 1) return choose<Bits>(r, Next{}, Next{});
  if (r.step[0] == 1 && r.step[1] == 1 && r.step[2] == 0) return choose<Bits>(r, Next{}, Same{});
  if (r.step[0] == 1 && r.step[1] == 0 && r.step[2] == 1) return choose<Bits>(r, Same{}, Next{});
  const auto* condition = reinterpret_cast<const uint8_t*>(r.from[0]);
  const Bits* x = reinterpret_cast<const Bits*>(r.from[1]);
  const Bits* y = reinterpret_cast<const Bits*>(r.from[2]);
  for (int64_t i = 0; i < r.count; ++i) {
    reinterpret_cast<Bits*>(r.to)[i] = condition[i * r.step[0]] != 0 ? x[i * r.step[1]] : y[i * r.step[2]];
  }
}

}  // namespace

ElementKernel find_select(DType dtype) {
  switch (dtype_size(dtype)) {
    case 1: return select<uint8_t>;
    case 2: return select<uint16_t>;
    case 4: return select<uint32_t>;
    default: return select<uint64_t>;
  }
}

}  // namespace mindird::engines::cpu

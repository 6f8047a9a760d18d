#include "engines/cpu/kernels/fold.h"

#include "engines/cpu/base/lines.h"
#include "engines/cpu/kernels/vector.h"
#include "ops/reduction/reduce_folds.h"

namespace mindird::engines::cpu {
namespace {

template <class Fold>
MINDIRD_CLONES void fold(const FoldLines& f) {
  using T = typename Fold::Element;
  const T* x = reinterpret_cast<const T*>(f.x);
  T* y = reinterpret_cast<T*>(f.y);
  if (f.lanes == 1) {
    typename Fold::State state = Fold::kStart;
    for (int64_t i = 0; i < f.size; ++i) Fold::add(state, x[i * f.step]);
    y[0] = Fold::finish(state, f.size);
    return;
  }
  typename Fold::State states[kMaxLanes];
  for (int64_t l = 0; l < f.lanes; ++l) states[l] = Fold::kStart;
  for (int64_t i = 0; i < f.size; ++i) {
    for (int64_t l = 0; l < f.lanes; ++l) Fold::add(states[l], x[i * f.step + l]);
  }
  for (int64_t l = 0; l < f.lanes; ++l) y[l] = Fold::finish(states[l], f.size);
}

template <class T>
FoldKernel find_typed(ops::ReduceKind kind) {
  using Kind = ops::ReduceKind;
  if constexpr (std::is_same_v<T, ops::BoolByte>) {
    if (kind == Kind::kAll) return fold<ops::reduce::All>;
    if (kind == Kind::kAny) return fold<ops::reduce::Any>;
  } else {
    if (kind == Kind::kSum) return fold<ops::reduce::Sum<T>>;
    if (kind == Kind::kMean) return fold<ops::reduce::Mean<T>>;
    if (kind == Kind::kMax) return fold<ops::reduce::Max<T>>;
    if (kind == Kind::kMin) return fold<ops::reduce::Min<T>>;
    if (kind == Kind::kProd) return fold<ops::reduce::Product<T>>;
  }
  return nullptr;
}

template <class T>
void running(const FoldLines& f, const RunningSum& s) {
  const T* x = reinterpret_cast<const T*>(f.x);
  T* y = reinterpret_cast<T*>(f.y);
  ops::Accumulator<T> sums[kMaxLanes] = {};
  for (int64_t i = 0; i < f.size; ++i) {
    const int64_t at = (s.reverse ? f.size - 1 - i : i) * f.step;
    for (int64_t l = 0; l < f.lanes; ++l) {
      const ops::Accumulator<T> before = sums[l];
      sums[l] += ops::widen(x[at + l]);
      y[at + l] = ops::narrow<T>(s.exclusive ? before : sums[l]);
    }
  }
}

template <class T>
inline constexpr bool kTaken = !std::is_same_v<T, Half> && !std::is_same_v<T, BFloat16>;

}  // namespace

FoldKernel find_fold(ops::ReduceKind kind, DType dtype) {
  FoldKernel found = nullptr;
  static_cast<void>(ops::dispatch_any(dtype, [&]<class T>() {
    if constexpr (kTaken<T>) found = find_typed<T>(kind);
  }));
  return found;
}

bool has_running_sum(DType dtype) { return dtype != DType::kBool && dtype != DType::kF16 && dtype != DType::kBF16; }

void run_sums(DType dtype, const FoldLines& lines, const RunningSum& sum) {
  static_cast<void>(ops::dispatch_numeric(dtype, [&]<class T>() {
    if constexpr (kTaken<T>) running<T>(lines, sum);
  }));
}

}  // namespace mindird::engines::cpu

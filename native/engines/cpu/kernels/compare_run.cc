#include <functional>

#include "engines/cpu/kernels/element_run.h"
#include "ops/support.h"

namespace mindird::engines::cpu {
namespace {

template <class T, class F>
MINDIRD_CLONES void cloned(const ElementRun& r) {
  two_operands<T, ops::BoolByte>(r, [](T a, T b) { return ops::BoolByte(F{}(ops::load(a), ops::load(b))); });
}

template <class T, class F>
void plain(const ElementRun& r) {
  two_operands<T, ops::BoolByte>(r, [](T a, T b) { return ops::BoolByte(F{}(ops::load(a), ops::load(b))); });
}

template <class T, class F>
ElementKernel kernel() {
  if constexpr (kVectorised<T>) {
    return cloned<T, F>;
  } else {
    return plain<T, F>;
  }
}

template <class T>
ElementKernel of_kind(ops::CompareKind kind) {
  switch (kind) {
    case ops::CompareKind::kEqual: return kernel<T, std::equal_to<>>();
    case ops::CompareKind::kNotEqual: return kernel<T, std::not_equal_to<>>();
    case ops::CompareKind::kLess: return kernel<T, std::less<>>();
    case ops::CompareKind::kLessEqual: return kernel<T, std::less_equal<>>();
    case ops::CompareKind::kGreater: return kernel<T, std::greater<>>();
    case ops::CompareKind::kGreaterEqual: return kernel<T, std::greater_equal<>>();
  }
  return nullptr;
}

}  // namespace

ElementKernel find_compare(ops::CompareKind kind, DType dtype) {
  ElementKernel found = nullptr;
  static_cast<void>(ops::dispatch_any(dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, Half> && !std::is_same_v<T, BFloat16>) found = of_kind<T>(kind);
  }));
  return found;
}

}  // namespace mindird::engines::cpu

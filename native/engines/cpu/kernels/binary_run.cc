#include "engines/cpu/kernels/element_run.h"
#include "ops/elementwise/binary_functions.h"
#include "ops/support.h"

namespace mindird::engines::cpu {
namespace {

template <class T, class F>
MINDIRD_CLONES void cloned(const ElementRun& r) {
  two_operands<T, T>(r, [](T a, T b) { return ops::store<T>(F{}(ops::load(a), ops::load(b))); });
}

template <class T, class F>
void plain(const ElementRun& r) {
  two_operands<T, T>(r, [](T a, T b) { return ops::store<T>(F{}(ops::load(a), ops::load(b))); });
}

}  // namespace

ElementKernel find_binary(ops::BinaryKind kind, DType dtype) {
  ElementKernel found = nullptr;
  static_cast<void>(ops::dispatch_any(dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, Half> && !std::is_same_v<T, BFloat16>) {
      static_cast<void>(ops::binary::visit_function<ops::Compute<T>>(kind, [&]<class F>(F) {
        if constexpr (kVectorised<T>) {
          found = cloned<T, F>;
        } else {
          found = plain<T, F>;
        }
      }));
    }
  }));
  return found;
}

}  // namespace mindird::engines::cpu

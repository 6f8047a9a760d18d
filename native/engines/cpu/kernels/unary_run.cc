#include <cmath>

#include "engines/cpu/kernels/element_run.h"
#include "ops/elementwise/unary_functions.h"
#include "ops/elementwise/unary_integer.h"

namespace mindird::engines::cpu {
namespace {

using ops::UnaryKind;

template <class T, class F>
MINDIRD_CLONES void floating(const ElementRun& r) {
  const ops::unary::Parameters<T> p{static_cast<T>(r.alpha), static_cast<T>(r.beta)};
  one_operand<T, T>(r, [&p](T x) { return F{}(x, p); });
}

template <class T, UnaryKind kKind>
void predicate(const ElementRun& r) {
  one_operand<T, ops::BoolByte>(r, [](T x) {
    return ops::BoolByte(kKind == UnaryKind::kIsNan ? std::isnan(x) : kKind == UnaryKind::kIsInf ? std::isinf(x) : std::isfinite(x));
  });
}

template <class T, UnaryKind kKind>
MINDIRD_CLONES void integer(const ElementRun& r) {
  const T low = ops::saturate<T>(std::ceil(r.alpha));
  const T high = ops::saturate<T>(std::floor(r.beta));
  one_operand<T, T>(r, [low, high](T x) { return ops::unary::integer_function(kKind, x, low, high); });
}

void logical_not(const ElementRun& r) {
  one_operand<ops::BoolByte, ops::BoolByte>(r, [](ops::BoolByte x) { return ops::BoolByte(!static_cast<bool>(x)); });
}

template <class T>
ElementKernel find_floating(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kIsNan: return predicate<T, UnaryKind::kIsNan>;
    case UnaryKind::kIsInf: return predicate<T, UnaryKind::kIsInf>;
    case UnaryKind::kIsFinite: return predicate<T, UnaryKind::kIsFinite>;
    default: break;
  }
  ElementKernel found = nullptr;
  static_cast<void>(ops::unary::visit_function(kind, [&]<class F>(F) { found = floating<T, F>; }));
  return found;
}

template <class T>
ElementKernel find_integer(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kAbs: return integer<T, UnaryKind::kAbs>;
    case UnaryKind::kNeg: return integer<T, UnaryKind::kNeg>;
    case UnaryKind::kSign: return integer<T, UnaryKind::kSign>;
    case UnaryKind::kSquare: return integer<T, UnaryKind::kSquare>;
    case UnaryKind::kRelu: return integer<T, UnaryKind::kRelu>;
    case UnaryKind::kRelu6: return integer<T, UnaryKind::kRelu6>;
    case UnaryKind::kClip: return integer<T, UnaryKind::kClip>;
    default: return nullptr;
  }
}

}  // namespace

ElementKernel find_unary(UnaryKind kind, DType dtype) {
  if (kind == UnaryKind::kLogicalNot) return logical_not;
  switch (dtype) {
    case DType::kF32: return find_floating<float>(kind);
    case DType::kF64: return find_floating<double>(kind);
    case DType::kI32: return find_integer<int32_t>(kind);
    case DType::kI64: return find_integer<int64_t>(kind);
    case DType::kU8: return find_integer<uint8_t>(kind);
    default: return nullptr;
  }
}

}  // namespace mindird::engines::cpu

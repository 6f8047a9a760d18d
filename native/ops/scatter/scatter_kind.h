// How an element that is written is combined with the one already there: the kinds that ScatterNd and ScatterElements share.
#pragma once

#include <array>
#include <string_view>

#include "ops/elementwise/binary_functions.h"
#include "ops/support.h"

namespace mindird::ops {

enum class ScatterKind : uint8_t { kUpdate, kAdd, kSub, kMul, kDiv, kMax, kMin };
inline constexpr std::array<std::string_view, 7> kScatterKindNames = {"update", "add", "sub", "mul", "div", "max", "min"};

/// Bools are only replaced; numbers are also combined. Integer division by zero gives 0.
inline Status expect_scatter_type(ScatterKind kind, std::span<const TensorType> in) { return kind == ScatterKind::kUpdate ? Status() : expect_numeric(in, 0); }

/// Calls `f.operator()<T>(combine)` with the element type and a function (T old, T given) -> T. f16 and bf16 are combined in float and rounded each time.
template <class F>
Status dispatch_scatter(ScatterKind kind, DType dtype, F&& f) {
  const auto in_element_type = [&f](auto function) {
    return [&f, function]<class T>() { return f.template operator()<T>([function](T old, T given) { return store<T>(function(load(old), load(given))); }); };
  };
  switch (kind) {
    case ScatterKind::kUpdate: return dispatch_any(dtype, [&f]<class T>() { return f.template operator()<T>([](T, T given) { return given; }); });
    case ScatterKind::kAdd: return dispatch_numeric(dtype, in_element_type(binary::add));
    case ScatterKind::kSub: return dispatch_numeric(dtype, in_element_type(binary::sub));
    case ScatterKind::kMul: return dispatch_numeric(dtype, in_element_type(binary::mul));
    case ScatterKind::kDiv: return dispatch_numeric(dtype, in_element_type(binary::div));
    case ScatterKind::kMax: return dispatch_numeric(dtype, in_element_type(binary::maximum));
    case ScatterKind::kMin: return dispatch_numeric(dtype, in_element_type(binary::minimum));
  }
  return internal_error("unknown kind of scatter");
}

}  // namespace mindird::ops

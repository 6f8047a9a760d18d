// Elementwise functions of operands of any element type over one run of elements: what Binary, Compare, Select, Cast and the rarer kinds of Unary come
// down to. The functions are those of the operators; only the loops are the engine's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "engines/cpu/kernels/vector.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/unary.h"

namespace mindird::engines::cpu {

inline constexpr size_t kMaxSources = 3;

struct ElementRun {
  std::array<const std::byte*, kMaxSources> from{};
  std::array<int64_t, kMaxSources> step{};  // in elements; 0 and 1 are the fast ones
  std::byte* to = nullptr;                  // contiguous; may be an operand of step 1 and the same size of element
  int64_t count = 0;
  double alpha = 0;  // parameters of a Unary
  double beta = 0;
};
using ElementKernel = void (*)(const ElementRun&);

// Null where there is none: halves, which this engine widens, and what the operator does not define.
ElementKernel find_binary(ops::BinaryKind kind, DType dtype);
ElementKernel find_compare(ops::CompareKind kind, DType dtype);
ElementKernel find_select(DType dtype);
ElementKernel find_cast(DType from, DType to);
/// f32 rounded to f16 or bf16 and back.
ElementKernel find_rounding(DType through);
ElementKernel find_unary(ops::UnaryKind kind, DType dtype);
/// f32 to i8 and back as the operators say, `alpha` being the scale.
ElementKernel quantize_kernel();
/// i8 of the scale `alpha` to i8 of the scale `beta`, through f32.
ElementKernel requantize_kernel();
ElementKernel dequantize_kernel();

// --- loops --------------------------------------------------------------------------------------------------------

/// Types whose loops are worth compiling for each instruction set.
template <class T>
inline constexpr bool kVectorised = std::is_same_v<T, float> || std::is_same_v<T, int32_t> || std::is_same_v<T, int64_t> || sizeof(T) == 1;

template <class In, class Out, class F>
MINDIRD_INLINE void one_operand(const ElementRun& r, F f) {
  const In* x = reinterpret_cast<const In*>(r.from[0]);
  Out* y = reinterpret_cast<Out*>(r.to);
  const int64_t step = r.step[0];
  if (step == 1) {
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(x[i]);
  } else {
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(x[i * step]);
  }
}

template <class In, class Out, class F>
MINDIRD_INLINE void two_operands(const ElementRun& r, F f) {
  const In* a = reinterpret_cast<const In*>(r.from[0]);
  const In* b = reinterpret_cast<const In*>(r.from[1]);
  Out* y = reinterpret_cast<Out*>(r.to);
  const int64_t a_step = r.step[0];
  const int64_t b_step = r.step[1];
  if (a_step == 1 && b_step == 1) {
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(a[i], b[i]);
  } else if (a_step == 1 && b_step == 0) {
    const In constant = *b;
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(a[i], constant);
  } else if (a_step == 0 && b_step == 1) {
    const In constant = *a;
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(constant, b[i]);
  } else {
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(a[i * a_step], b[i * b_step]);
  }
}

}  // namespace mindird::engines::cpu

// What operators share: checks of input types, dispatch over element types, arithmetic types and batch axes of elementwise operators.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/status.h"
#include "base/strings.h"
#include "ir/op.h"
#include "tensor/tensor.h"

namespace mindird::ops {

/// One byte of a bool tensor; any value but 0 is true, since requests may carry any byte.
struct BoolByte {
  uint8_t byte = 0;
  BoolByte() = default;
  explicit BoolByte(bool value) : byte(value ? 1 : 0) {}
  explicit operator bool() const { return byte != 0; }
};

// --- checks -------------------------------------------------------------------------------------------------------

/// Between `min` and `max` inputs.
Status expect_arity(std::span<const TensorType> in, size_t min, size_t max);
inline Status expect_arity(std::span<const TensorType> in, size_t n) { return expect_arity(in, n, n); }
/// Input i has a rank between `min` and `max`.
Status expect_rank(std::span<const TensorType> in, size_t i, size_t min, size_t max = kMaxRank);
/// Input i has exactly this shape.
Status expect_shape(std::span<const TensorType> in, size_t i, const Shape& want);
/// Input i has this type of elements.
Status expect_dtype(std::span<const TensorType> in, size_t i, DType want);
/// Inputs from `first` on share one dtype.
Status expect_same_dtype(std::span<const TensorType> in, size_t first = 0);
/// Input i is f16, bf16, f32 or f64.
Status expect_floating(std::span<const TensorType> in, size_t i);
/// Input i is anything but bool.
Status expect_numeric(std::span<const TensorType> in, size_t i);
/// No dimension of any input is unknown, and all sizes in bytes fit.
Status expect_known(std::span<const TensorType> in);
/// An attribute list has exactly n values.
Status expect_count(std::string_view attribute, std::span<const int64_t> values, size_t n);
/// All values of an attribute list lie in [low, high].
Status expect_between(std::string_view attribute, std::span<const int64_t> values, int64_t low, int64_t high);
/// An axis in [-rank, rank) made non-negative.
Result<size_t> expect_axis(std::string_view attribute, int64_t axis, size_t rank);
/// The only output type of an operator, refused when its rank or size in bytes is out of range.
Result<ir::Types> one_output(TensorType type);

/// Largest kernel, stride, dilation, padding or group attribute that makes sense; keeps sums and products of them far from overflow.
inline constexpr int64_t kMaxWindowValue = int64_t{1} << 31U;

// --- element types ------------------------------------------------------------------------------------------------

/// The type arithmetic is done in: float for f16 and bf16, the type itself otherwise.
template <class T>
using Compute = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, std::conditional_t<std::is_same_v<T, BoolByte>, bool, T>>;
/// The type sums are accumulated in: double for floats, 64-bit unsigned (which wraps without being undefined) for integers.
template <class T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;

template <class T>
inline constexpr bool kIsFloating = !std::is_integral_v<T> && !std::is_same_v<T, BoolByte>;

template <class T>
Compute<T> load(T value) {
  return static_cast<Compute<T>>(value);
}
template <class T>
T store(Compute<T> value) {
  return static_cast<T>(value);
}
/// Element as accumulator, and back (integers wrap, floats round once: f16 and bf16 from float).
template <class T>
Accumulator<T> widen(T value) {
  return static_cast<Accumulator<T>>(load(value));
}
template <class T>
T narrow(Accumulator<T> value) {
  return static_cast<T>(static_cast<Compute<T>>(value));
}

namespace detail {
template <class T, class F>
Status call_typed(F& f) {
  if constexpr (std::is_same_v<decltype(f.template operator()<T>()), Status>) {
    return f.template operator()<T>();
  } else {
    f.template operator()<T>();
    return {};
  }
}
}  // namespace detail

/// Calls `f.operator()<T>()` (a templated lambda returning void or Status) with the element type of a floating dtype.
template <class F>
Status dispatch_floating(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kF16: return detail::call_typed<Half>(f);
    case DType::kBF16: return detail::call_typed<BFloat16>(f);
    case DType::kF32: return detail::call_typed<float>(f);
    case DType::kF64: return detail::call_typed<double>(f);
    default: return unsupported(str("element type ", dtype_name(dtype), ", want a floating-point type"));
  }
}

/// The same for all dtypes but bool.
template <class F>
Status dispatch_numeric(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kU8: return detail::call_typed<uint8_t>(f);
    case DType::kU16: return detail::call_typed<uint16_t>(f);
    case DType::kU32: return detail::call_typed<uint32_t>(f);
    case DType::kU64: return detail::call_typed<uint64_t>(f);
    case DType::kI8: return detail::call_typed<int8_t>(f);
    case DType::kI16: return detail::call_typed<int16_t>(f);
    case DType::kI32: return detail::call_typed<int32_t>(f);
    case DType::kI64: return detail::call_typed<int64_t>(f);
    case DType::kBool: return unsupported("element type bool, want a number type");
    default: return dispatch_floating(dtype, std::forward<F>(f));
  }
}

/// The same for every dtype; bool elements are BoolByte.
template <class F>
Status dispatch_any(DType dtype, F&& f) {
  if (dtype == DType::kBool) return detail::call_typed<BoolByte>(f);
  return dispatch_numeric(dtype, std::forward<F>(f));
}

// --- batch axes ---------------------------------------------------------------------------------------------------

/// Batch axis of an operator whose outputs depend elementwise on its (broadcast) inputs.
std::optional<ir::BatchAxis> elementwise_batch_axis(const ir::BatchArgs& args);
/// The batch axis of input 0 when no other input depends on the batch; nothing otherwise.
std::optional<ir::BatchAxis> only_first_batched(const ir::BatchArgs& args);
/// True when no input depends on the batch.
bool none_batched(const ir::BatchArgs& args);

}  // namespace mindird::ops

// For tests of operators that move or select elements: arrays made from literals, and one call that infers and evaluates.
#pragma once

#include <cstring>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/op.h"
#include "ops/support.h"

namespace mindird::ops::testing {

struct Array {
  TensorType type;
  std::vector<std::byte> bytes;

  Tensor view() const { return {type, const_cast<std::byte*>(bytes.data())}; }
  template <class T>
  std::vector<T> values() const {
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
  bool operator==(const Array&) const = default;
};

template <class T>
inline constexpr DType kDTypeOf = DType::kF32;
template <>
inline constexpr DType kDTypeOf<double> = DType::kF64;
template <>
inline constexpr DType kDTypeOf<int8_t> = DType::kI8;
template <>
inline constexpr DType kDTypeOf<uint8_t> = DType::kU8;
template <>
inline constexpr DType kDTypeOf<int16_t> = DType::kI16;
template <>
inline constexpr DType kDTypeOf<int32_t> = DType::kI32;
template <>
inline constexpr DType kDTypeOf<int64_t> = DType::kI64;
template <>
inline constexpr DType kDTypeOf<uint64_t> = DType::kU64;
template <>
inline constexpr DType kDTypeOf<Half> = DType::kF16;
template <>
inline constexpr DType kDTypeOf<BoolByte> = DType::kBool;

template <class T>
Array array(const Shape& shape, const std::vector<T>& values) {
  Array a;
  a.type.dtype = kDTypeOf<T>;
  a.type.shape = shape;
  a.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(a.bytes.data(), values.data(), a.bytes.size());
  return a;
}

/// 0, 1, 2, … in row-major order.
template <class T>
Array counted(const Shape& shape) {
  std::vector<T> values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(static_cast<float>(i));
  return array<T>(shape, values);
}

inline Array bools(const Shape& shape, std::initializer_list<int> values) {
  std::vector<BoolByte> bytes;
  for (const int v : values) bytes.emplace_back(v != 0);
  return array<BoolByte>(shape, bytes);
}

inline ir::Types types_of(std::span<const Array> arrays) {
  ir::Types types;
  for (const Array& a : arrays) types.push_back(a.type);
  return types;
}

/// Infers and evaluates. Output memory starts as 0xcd, so that elements never written show.
inline Result<std::vector<Array>> run(const ir::Op& op, const std::vector<Array>& inputs) {
  std::vector<Tensor> in;
  for (const Array& a : inputs) in.push_back(a.view());
  TRY_ASSIGN(const ir::Types types, op.infer(types_of(inputs)));
  std::vector<Array> results(types.size());
  std::vector<Tensor> out(types.size());
  const auto allocate = [&](size_t i, const Shape& shape) -> Status {
    results[i] = {{types[i].dtype, shape}, {}};
    results[i].bytes.assign(results[i].type.bytes(), std::byte{0xcd});
    out[i] = results[i].view();
    return {};
  };
  if (!op.traits().data_dependent) {
    for (size_t i = 0; i < types.size(); ++i) TRY(allocate(i, types[i].shape));
  }
  TRY(op.evaluate({in, out, allocate}));
  return results;
}

/// Values of output `i`; none after an error.
template <class T>
std::vector<T> values_of(const Result<std::vector<Array>>& result, size_t i = 0) {
  return result.ok() ? (*result)[i].values<T>() : std::vector<T>{};
}

using Position = std::vector<int64_t>;

/// The position of element i of a shape in row-major order.
inline Position position_of(int64_t i, const Shape& shape) {
  Position out(shape.rank());
  for (size_t d = shape.rank(); d-- > 0;) {
    out[d] = i % shape[d];
    i /= shape[d];
  }
  return out;
}

/// What an operator that only moves elements should give for x: `source` tells for each output position where in x it comes from.
template <class T>
std::vector<T> moved(const Array& x, const Shape& out, const std::function<Position(const Position&)>& source) {
  const std::vector<T> from = x.values<T>();
  std::vector<T> result;
  for (int64_t i = 0; i < out.elements(); ++i) {
    const Position at = source(position_of(i, out));
    int64_t offset = 0;
    for (size_t d = 0; d < at.size(); ++d) offset = offset * x.type.shape[d] + at[d];
    result.push_back(from[static_cast<size_t>(offset)]);
  }
  return result;
}

/// Batch axis of the outputs for given axes of the inputs.
inline std::optional<ir::BatchAxis> axis_of(const ir::Op& op, const ir::Types& in, const std::vector<ir::BatchAxis>& axes) {
  const auto out = op.infer(in);
  if (!out.ok()) return ir::BatchAxis{-99, 0};
  return op.batch_axis({in, *out, axes});
}

/// Attribute values a hostile file may hold, mixed with sensible ones.
class Hostile {
 public:
  explicit Hostile(uint32_t seed) : engine_(seed) {}

  int64_t value() {
    static constexpr int64_t kValues[] = {0,
                                          1,
                                          2,
                                          3,
                                          5,
                                          -1,
                                          -2,
                                          -7,
                                          1 << 20,
                                          int64_t{1} << 31,
                                          int64_t{1} << 40,
                                          int64_t{1} << 62,
                                          std::numeric_limits<int64_t>::max(),
                                          std::numeric_limits<int64_t>::min(),
                                          std::numeric_limits<int64_t>::min() + 1};
    return pick(3) ? static_cast<int64_t>(pick(4)) : kValues[pick(std::size(kValues))];
  }
  size_t pick(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }
  std::vector<int64_t> list(size_t rank) {
    std::vector<int64_t> out(pick(8) ? rank : pick(5));
    for (int64_t& v : out) v = value();
    return out;
  }
  Shape shape(size_t max_rank = 4) {
    std::vector<int64_t> dims(pick(max_rank + 1));
    for (int64_t& d : dims) d = static_cast<int64_t>(pick(5));
    return Shape(std::move(dims));
  }

 private:
  std::mt19937 engine_;
};

/// Infers, and evaluates when that succeeds and the outputs are small: must neither crash nor write outside (sanitizers watch).
inline bool survives(const ir::Op& op, const std::vector<Array>& inputs) {
  const auto types = op.infer(types_of(inputs));
  if (!types.ok()) return !types.status().message().empty();
  for (const TensorType& t : *types) {
    if (t.shape.known() && (!t.checked_bytes() || *t.checked_bytes() > 1 << 22)) return t.checked_bytes().has_value();
  }
  const auto result = run(op, inputs);
  return result.ok() || result.status().code() == Code::kInvalidArgument;
}

}  // namespace mindird::ops::testing

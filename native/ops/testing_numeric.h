// For tests of arithmetic operators: deterministic data, comparison with tolerances, and a check of batch_axis by computing
// rows one by one.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "ops/indexing/testing_index.h"

namespace mindird::ops::testing {

template <>
inline constexpr DType kDTypeOf<BFloat16> = DType::kBF16;
template <>
inline constexpr DType kDTypeOf<uint16_t> = DType::kU16;
template <>
inline constexpr DType kDTypeOf<uint32_t> = DType::kU32;

/// The elements of any number type as doubles.
inline std::vector<double> reals(const Array& a) {
  std::vector<double> out;
  const Status status = dispatch_any(a.type.dtype, [&]<class T>() {
    for (T v : a.values<T>()) out.push_back(static_cast<double>(load(v)));
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return out;
}

/// An array of element type T from doubles.
template <class T>
Array array_of(Shape shape, const std::vector<double>& values) {
  std::vector<T> converted;
  for (double v : values) converted.push_back(static_cast<T>(static_cast<Compute<T>>(v)));
  return array<T>(std::move(shape), converted);
}

/// ((7 i + 3) mod `modulus` - shift) * scale: values that repeat late, small and exact in every floating type for scale 1.
template <class T = float>
Array sequence(Shape shape, int64_t modulus, int64_t shift, double scale = 1.0) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.elements(); ++i) values.push_back(static_cast<double>((i * 7 + 3) % modulus - shift) * scale);
  return array_of<T>(std::move(shape), values);
}

inline void expect_near(const std::vector<double>& found, const std::vector<double>& wanted, double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(wanted[i]) || std::isinf(wanted[i])) {
      EXPECT_TRUE(std::isnan(wanted[i]) ? std::isnan(found[i]) : found[i] == wanted[i]) << "at " << i << ": " << found[i];
    } else {
      EXPECT_NEAR(found[i], wanted[i], tolerance * (1 + std::abs(wanted[i]))) << "at " << i;
    }
  }
}

/// Output `i` of an operator has this shape and, within rounding, these values.
inline void expect_output(const Result<std::vector<Array>>& result, const Shape& shape, const std::vector<double>& wanted, double tolerance = 1e-6,
                          size_t i = 0) {
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ((*result)[i].type.shape.text(), shape.text());
  expect_near(reals((*result)[i]), wanted, tolerance);
}

/// The rows of a batch element: entries [row * inner, (row + 1) * inner) of the axis; everything when there is no axis.
inline Array take_row(const Array& a, const ir::BatchAxis& axis, int64_t row) {
  if (axis.axis < 0) return a;
  const auto d = static_cast<size_t>(axis.axis);
  const auto run = static_cast<size_t>(a.type.shape.strides()[d]) * dtype_size(a.type.dtype) * static_cast<size_t>(axis.inner);
  const auto whole = static_cast<size_t>(a.type.shape.strides()[d] * a.type.shape[d]) * dtype_size(a.type.dtype);
  Array out{a.type, {}};
  out.type.shape[d] = axis.inner;
  for (size_t at = static_cast<size_t>(row) * run; at < a.bytes.size(); at += whole) {
    const auto from = a.bytes.begin() + static_cast<std::ptrdiff_t>(at);
    out.bytes.insert(out.bytes.end(), from, from + static_cast<std::ptrdiff_t>(run));
  }
  return out;
}

/// All ways to place a batch of `batch` rows in a tensor, including not at all.
inline std::vector<ir::BatchAxis> placements(const Shape& shape, int64_t batch) {
  std::vector<ir::BatchAxis> out{{}};
  for (size_t d = 0; d < shape.rank(); ++d) {
    if (shape[d] > 0 && shape[d] % batch == 0) out.push_back({static_cast<int64_t>(d), shape[d] / batch});
  }
  return out;
}

/// Computes each row alone and compares bytes with the row of the whole.
inline void expect_rows_alone(const ir::Op& op, const std::vector<Array>& inputs, const std::vector<ir::BatchAxis>& axes, const ir::BatchAxis& out,
                              int64_t batch) {
  const auto whole = run(op, inputs);
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  for (int64_t row = 0; row < batch; ++row) {
    std::vector<Array> part;
    for (size_t i = 0; i < inputs.size(); ++i) part.push_back(take_row(inputs[i], axes[i], row));
    const auto alone = run(op, part);
    ASSERT_TRUE(alone.ok()) << alone.status().message();
    for (size_t o = 0; o < (*whole).size(); ++o) {
      EXPECT_EQ((*alone)[o], take_row((*whole)[o], out, row)) << op.id() << " output " << o << " row " << row << " axis " << out.axis;
    }
  }
}

/// Tries every placement of a batch of 3 in the inputs; each that batch_axis accepts must hold. Gives how many it accepted.
inline int count_batch_placements(const ir::Op& op, const std::vector<Array>& inputs) {
  constexpr int64_t kBatch = 3;
  const ir::Types in = types_of(inputs);
  const auto out = op.infer(in);
  EXPECT_TRUE(out.ok()) << out.status().message();
  if (!out.ok()) return 0;
  std::vector<std::vector<ir::BatchAxis>> choices;
  size_t combinations = 1;
  for (const TensorType& t : in) combinations *= choices.emplace_back(placements(t.shape, kBatch)).size();
  int accepted = 0;
  for (size_t c = 0; c < combinations; ++c) {
    std::vector<ir::BatchAxis> axes;
    size_t rest = c;
    for (const auto& choice : choices) {
      axes.push_back(choice[rest % choice.size()]);
      rest /= choice.size();
    }
    const auto axis = op.batch_axis({in, *out, axes});
    if (!axis) continue;
    if (c == 0) {
      EXPECT_EQ(axis->axis, -1) << "nothing depends on the batch";
      continue;
    }
    ++accepted;
    expect_rows_alone(op, inputs, axes, *axis, kBatch);
  }
  return accepted;
}

}  // namespace mindird::ops::testing

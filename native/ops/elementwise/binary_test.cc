#include "ops/elementwise/binary.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Binary make(BinaryKind kind) {
  Binary op;
  op.kind = kind;
  return op;
}

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

struct Expectation {
  BinaryKind kind;
  std::vector<double> z;
};

/// Results for x = {-7, 7, -7, 7.5}, y = {2, -2, -3, 2.5}, exact in every floating type where the table says so.
const std::vector<Expectation>& floating_expectations() {
  static const std::vector<Expectation> kTable{
      {BinaryKind::kAdd, {-5, 5, -10, 10}},
      {BinaryKind::kSub, {-9, 9, -4, 5}},
      {BinaryKind::kMul, {-14, -14, 21, 18.75}},
      {BinaryKind::kDiv, {-3.5, -3.5, 7.0 / 3, 3}},
      {BinaryKind::kFloorDiv, {-4, -4, 2, 3}},
      {BinaryKind::kFloorMod, {1, -1, -1, 0}},
      {BinaryKind::kTruncMod, {-1, 1, -1, 0}},
      {BinaryKind::kPow, {49, 1.0 / 49, -1.0 / 343, 154.04696929833}},
      {BinaryKind::kMaximum, {2, 7, -3, 7.5}},
      {BinaryKind::kMinimum, {-7, -2, -7, 2.5}},
      {BinaryKind::kSquaredDifference, {81, 81, 16, 25}},
      {BinaryKind::kAtan2, {-1.2924966677898, 1.8490959858, -1.97568811308, 1.2490457723983}},
  };
  return kTable;
}

template <class T>
void check_floating(double tolerance) {
  const Array x = array_of<T>({4}, {-7, 7, -7, 7.5});
  const Array y = array_of<T>({4}, {2, -2, -3, 2.5});
  for (const Expectation& e : floating_expectations()) {
    SCOPED_TRACE(kBinaryKindNames[static_cast<size_t>(e.kind)]);
    expect_output(run(make(e.kind), {x, y}), {4}, e.z, tolerance);
  }
}

TEST(Binary, Float64) { check_floating<double>(1e-12); }
TEST(Binary, Float32) { check_floating<float>(1e-6); }
TEST(Binary, Float16) { check_floating<Half>(1e-3); }
TEST(Binary, BFloat16) { check_floating<BFloat16>(1e-2); }

TEST(Binary, Bits) {
  const Array x = array<int32_t>({4}, {12, -7, 255, 1});
  const Array y = array<int32_t>({4}, {10, 3, 256, 31});
  expect_output(run(make(BinaryKind::kBitAnd), {x, y}), {4}, {8, 1, 0, 1});
  expect_output(run(make(BinaryKind::kBitOr), {x, y}), {4}, {14, -5, 511, 31});
  expect_output(run(make(BinaryKind::kBitXor), {x, y}), {4}, {6, -6, 511, 30});
  expect_output(run(make(BinaryKind::kShiftLeft), {x, array<int32_t>({4}, {2, 1, 32, -1})}), {4}, {48, -14, 0, 0});
  expect_output(run(make(BinaryKind::kShiftRight), {x, array<int32_t>({4}, {2, 1, 32, -1})}), {4}, {3, -4, 0, 0});
  expect_output(run(make(BinaryKind::kShiftRight), {array<int8_t>({1}, {-128}), array<int8_t>({1}, {9})}), {1}, {-1});
  const ir::Types floats(2, {DType::kF32, {1}});
  EXPECT_FALSE(make(BinaryKind::kBitAnd).infer(floats).ok());
}

TEST(Binary, DivisorsAndMultiples) {
  const Array x = array<int32_t>({5}, {12, -18, 0, 0, INT32_MIN});
  const Array y = array<int32_t>({5}, {18, 12, 5, 0, 6});
  expect_output(run(make(BinaryKind::kGcd), {x, y}), {5}, {6, 6, 5, 0, 2});
  expect_output(run(make(BinaryKind::kLcm), {array<int64_t>({5}, {12, -18, 0, 0, 7}), array<int64_t>({5}, {18, 12, 5, 0, -7})}), {5}, {36, 36, 0, 0, 7});
  // No room for the result: it wraps and nothing is undefined.
  const Array lowest = array<int64_t>({1}, {INT64_MIN});
  EXPECT_EQ((*run(make(BinaryKind::kGcd), {lowest, lowest}))[0].values<int64_t>()[0], INT64_MIN);
  EXPECT_EQ((*run(make(BinaryKind::kLcm), {lowest, lowest}))[0].values<int64_t>()[0], INT64_MIN);
}

TEST(Binary, Integers) {
  const Array x = array<int32_t>({6}, {-7, 7, -7, 7, 6, 5});
  const Array y = array<int32_t>({6}, {2, -2, -3, 3, -3, 0});
  const auto check = [&](BinaryKind kind, const std::vector<double>& z) {
    SCOPED_TRACE(kBinaryKindNames[static_cast<size_t>(kind)]);
    expect_output(run(make(kind), {x, y}), {6}, z, 0);
  };
  check(BinaryKind::kDiv, {-3, -3, 2, 2, -2, 0});
  check(BinaryKind::kFloorDiv, {-4, -4, 2, 2, -2, 0});
  check(BinaryKind::kTruncMod, {-1, 1, -1, 1, 0, 0});
  check(BinaryKind::kFloorMod, {1, -1, -1, 1, 0, 0});
  check(BinaryKind::kPow, {49, 0, 0, 343, 0, 1});
  check(BinaryKind::kMaximum, {2, 7, -3, 7, 6, 5});
  check(BinaryKind::kSquaredDifference, {81, 81, 16, 16, 81, 25});
  EXPECT_FALSE(run(make(BinaryKind::kAtan2), {x, y}).ok());
}

TEST(Binary, IntegersWrap) {
  const int64_t least = std::numeric_limits<int64_t>::min();
  const Array x = array<int64_t>({2}, {least, least});
  const Array y = array<int64_t>({2}, {-1, 1});
  using V = std::vector<int64_t>;
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(values_of<int64_t>(run(make(BinaryKind::kAdd), {x, y})), (V{most, least + 1}));
  EXPECT_EQ(values_of<int64_t>(run(make(BinaryKind::kDiv), {x, y})), (V{least, least}));
  EXPECT_EQ(values_of<int64_t>(run(make(BinaryKind::kFloorDiv), {x, y})), (V{least, least}));
  EXPECT_EQ(values_of<int64_t>(run(make(BinaryKind::kTruncMod), {x, y})), (V{0, 0}));
  EXPECT_EQ(values_of<int64_t>(run(make(BinaryKind::kMul), {x, y})), (V{least, least}));
  EXPECT_EQ(values_of<uint8_t>(run(make(BinaryKind::kAdd), {array<uint8_t>({1}, {250}), array<uint8_t>({1}, {10})})), std::vector<uint8_t>{4});
  // A base of -1 depends on the parity of the exponent alone.
  const auto powers = run(make(BinaryKind::kPow), {array<int64_t>({}, {-1}), array<int64_t>({4}, {-3, -2, 5, least})});
  EXPECT_EQ(values_of<int64_t>(powers), (V{-1, 1, -1, 1}));
}

TEST(Binary, SpecialValues) {
  const auto check = [](BinaryKind kind, double x, double y, double z) {
    SCOPED_TRACE(kBinaryKindNames[static_cast<size_t>(kind)]);
    expect_output(run(make(kind), {array_of<float>({}, {x}), array_of<float>({}, {y})}), {}, {z});
  };
  for (const BinaryKind kind : {BinaryKind::kMaximum, BinaryKind::kMinimum}) {
    check(kind, kNaN, 1, kNaN);
    check(kind, 1, kNaN, kNaN);
  }
  check(BinaryKind::kDiv, 1, 0, kInf);
  check(BinaryKind::kFloorMod, 1, 0, kNaN);
  check(BinaryKind::kPow, 0, 0, 1);
}

TEST(Binary, Logical) {
  const Array x = bools({2, 2}, {0, 0, 1, 1});
  const Array y = bools({2, 2}, {0, 1, 0, 1});
  expect_output(run(make(BinaryKind::kLogicalAnd), {x, y}), {2, 2}, {0, 0, 0, 1});
  expect_output(run(make(BinaryKind::kLogicalOr), {x, y}), {2, 2}, {0, 1, 1, 1});
  expect_output(run(make(BinaryKind::kLogicalXor), {x, y}), {2, 2}, {0, 1, 1, 0});
  EXPECT_FALSE(run(make(BinaryKind::kAdd), {x, y}).ok());
}

/// Every pair of shapes below must agree with index arithmetic done element by element.
TEST(Binary, BroadcastsLikeIndexArithmetic) {
  const std::vector<std::pair<Shape, Shape>> pairs{{{2, 3, 4}, {4}}, {{2, 3, 4}, {3, 1}},       {{2, 1, 4}, {3, 1}},    {{1, 5}, {7, 1}},
                                                   {{}, {2, 3}},     {{3, 1, 2, 1}, {2, 1, 5}}, {{2, 3, 4}, {2, 3, 4}}, {{2, 3, 4}, {2, 1, 4}},
                                                   {{0, 3}, {1, 3}}, {{4, 1}, {1, 0}}};
  for (const auto& [a, b] : pairs) {
    SCOPED_TRACE(a.text() + " with " + b.text());
    const Array x = sequence(a, 101, 0);
    const Array y = sequence(b, 13, 6);
    const Shape out = *broadcast_shapes(a, b);
    const auto at = [&](const Array& from, const Position& p) {
      const Shape& s = from.type.shape;
      size_t offset = 0;
      for (size_t d = 0; d < s.rank(); ++d) offset = offset * static_cast<size_t>(s[d]) + static_cast<size_t>(s[d] == 1 ? 0 : p[p.size() - s.rank() + d]);
      return from.values<float>()[offset];
    };
    std::vector<double> want;
    for (int64_t i = 0; i < out.elements(); ++i) want.push_back(at(x, position_of(i, out)) - at(y, position_of(i, out)));
    expect_output(run(make(BinaryKind::kSub), {x, y}), out, want, 0);
  }
}

TEST(Binary, RefusesWhatDoesNotFit) {
  const auto message = [](const std::vector<Array>& in) { return run(make(BinaryKind::kAdd), in).status().message(); };
  EXPECT_EQ(message({counted<float>({2, 3}), counted<float>({2})}), "inputs f32[2,3] and f32[2] do not broadcast");
  EXPECT_EQ(message({counted<float>({2}), counted<double>({2})}), "input 1 is f64[2], want f32 like input 0");
  EXPECT_EQ(message({counted<float>({2})}), "has 1 inputs, want 2");
}

TEST(Binary, RefusesBroadcastsTooLargeToCount) {
  const Shape tall{int64_t{1} << 31, 1, 1};
  const Shape wide{1, int64_t{1} << 31, int64_t{1} << 31};
  const ir::Types types{{DType::kF32, tall}, {DType::kF32, wide}};
  EXPECT_FALSE(make(BinaryKind::kAdd).infer(types).ok());
}

TEST(Binary, BatchAxis) {
  const Binary op = make(BinaryKind::kMul);
  EXPECT_GT(count_batch_placements(op, {sequence({3, 4}, 11, 5), sequence({3, 4}, 13, 6)}), 0);
  EXPECT_GT(count_batch_placements(op, {sequence({6, 4}, 11, 5), sequence({4}, 13, 6)}), 0);
  EXPECT_GT(count_batch_placements(op, {sequence({2, 3, 4}, 11, 5), sequence({3, 1}, 13, 6)}), 0);
  // A constant with a value per row tells rows apart.
  EXPECT_EQ(axis_of(op, {{DType::kF32, {3, 4}}, {DType::kF32, {3, 1}}}, {{0, 1}, {}}), std::nullopt);
  EXPECT_EQ(axis_of(op, {{DType::kF32, {3, 4}}, {DType::kF32, {2, 3, 1}}}, {{0, 1}, {}}), std::nullopt);
  EXPECT_EQ(axis_of(op, {{DType::kF32, {3, 4}}, {DType::kF32, {2, 1, 4}}}, {{0, 1}, {}}), (ir::BatchAxis{1, 1}));
}

}  // namespace
}  // namespace mindird::ops

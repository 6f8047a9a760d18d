#include "ops/elementwise/compare.h"

#include "ops/elementwise/select.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Compare make(CompareKind kind) {
  Compare op;
  op.kind = kind;
  return op;
}

struct Expectation {
  CompareKind kind;
  std::vector<double> z;
};

/// For x = 1, 2, 3 against y = 2.
const std::vector<Expectation>& expectations() {
  static const std::vector<Expectation> kTable{{CompareKind::kEqual, {0, 1, 0}},   {CompareKind::kNotEqual, {1, 0, 1}},
                                               {CompareKind::kLess, {1, 0, 0}},    {CompareKind::kLessEqual, {1, 1, 0}},
                                               {CompareKind::kGreater, {0, 0, 1}}, {CompareKind::kGreaterEqual, {0, 1, 1}}};
  return kTable;
}

template <class T>
void check_all() {
  for (const Expectation& e : expectations()) {
    SCOPED_TRACE(kCompareKindNames[static_cast<size_t>(e.kind)]);
    const auto result = run(make(e.kind), {array_of<T>({3}, {1, 2, 3}), array_of<T>({1}, {2})});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ((*result)[0].type, (TensorType{DType::kBool, {3}}));
    expect_output(result, {3}, e.z);
  }
}

TEST(Compare, EveryNumberType) {
  check_all<float>();
  check_all<double>();
  check_all<Half>();
  check_all<BFloat16>();
  check_all<int8_t>();
  check_all<uint16_t>();
  check_all<int32_t>();
  check_all<uint64_t>();
}

TEST(Compare, LargeIntegersAreNotRounded) {
  const int64_t big = (int64_t{1} << 60) + 1;
  const Array x = array<int64_t>({2}, {big, -big});
  const Array y = array<int64_t>({2}, {big - 1, -big});
  expect_output(run(make(CompareKind::kEqual), {x, y}), {2}, {0, 1});
  expect_output(run(make(CompareKind::kGreater), {x, y}), {2}, {1, 0});
}

TEST(Compare, NotANumberIsEqualToNothing) {
  const Array x = array_of<float>({1}, {std::numeric_limits<double>::quiet_NaN()});
  for (const Expectation& e : expectations()) {
    expect_output(run(make(e.kind), {x, x}), {1}, {e.kind == CompareKind::kNotEqual ? 1.0 : 0.0});
  }
}

TEST(Compare, BoolBytesCompareByTruth) {
  Array x = bools({2}, {1, 0});
  x.bytes[0] = std::byte{7};
  expect_output(run(make(CompareKind::kEqual), {x, bools({2}, {1, 0})}), {2}, {1, 1});
}

TEST(Compare, RefusesMixedTypesAndShapes) {
  EXPECT_FALSE(run(make(CompareKind::kEqual), {counted<float>({2}), counted<int32_t>({2})}).ok());
  EXPECT_FALSE(run(make(CompareKind::kEqual), {counted<float>({2}), counted<float>({3})}).ok());
}

TEST(Compare, BatchAxis) { EXPECT_GT(count_batch_placements(make(CompareKind::kLess), {sequence({3, 2}, 11, 5), sequence({2}, 13, 6)}), 0); }

TEST(Select, ChoosesByElementOfEverySize) {
  const Array condition = bools({2, 2}, {1, 0, 0, 1});
  const std::vector<double> want{1, -2, -3, 4};
  const auto check = [&]<class T>() {
    const Array x = array_of<T>({2, 2}, {1, 2, 3, 4});
    const Array y = array_of<T>({2, 2}, {-1, -2, -3, -4});
    expect_output(run(Select(), {condition, x, y}), {2, 2}, want);
  };
  check.operator()<int8_t>();
  check.operator()<Half>();
  check.operator()<float>();
  check.operator()<int64_t>();
}

TEST(Select, BroadcastsAllThree) {
  const Array condition = bools({3, 1, 1}, {1, 0, 1});
  const Array x = array<float>({2, 1}, {1, 2});
  const Array y = array<float>({2}, {-1, -2});
  expect_output(run(Select(), {condition, x, y}), {3, 2, 2}, {1, 1, 2, 2, -1, -2, -1, -2, 1, 1, 2, 2});
  expect_output(run(Select(), {bools({}, {0}), x, array<float>({0, 1, 1}, {})}), {0, 2, 1}, {});
}

TEST(Select, Refuses) {
  const Array x = counted<float>({2});
  EXPECT_FALSE(run(Select(), {x, x, x}).ok());
  EXPECT_FALSE(run(Select(), {bools({2}, {0, 1}), x, counted<double>({2})}).ok());
  EXPECT_FALSE(run(Select(), {bools({3}, {0, 1, 0}), x, x}).ok());
}

TEST(Select, BatchAxis) { EXPECT_GT(count_batch_placements(Select(), {bools({3, 1}, {1, 0, 1}), sequence({3, 2}, 11, 5), sequence({2}, 13, 6)}), 0); }

}  // namespace
}  // namespace mindird::ops

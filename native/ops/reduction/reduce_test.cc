#include "ops/reduction/reduce.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Reduce make(ReduceKind kind, std::vector<int64_t> axes, bool keep_dims = false) {
  Reduce op;
  op.kind = kind;
  op.axes = std::move(axes);
  op.keep_dims = keep_dims;
  return op;
}

bool contains(const std::vector<int64_t>& axes, size_t d) { return std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end(); }

/// Groups the elements by output position, one element after the other.
std::vector<std::vector<double>> groups(const Array& x, const std::vector<int64_t>& axes) {
  const Shape& s = x.type.shape;
  int64_t count = 1;
  for (size_t d = 0; d < s.rank(); ++d) count *= contains(axes, d) ? 1 : s[d];
  std::vector<std::vector<double>> out(static_cast<size_t>(count));
  const auto values = reals(x);
  for (int64_t i = 0; i < s.elements(); ++i) {
    const Position p = position_of(i, s);
    int64_t at = 0;
    for (size_t d = 0; d < s.rank(); ++d) at = contains(axes, d) ? at : at * s[d] + p[d];
    out[static_cast<size_t>(at)].push_back(values[static_cast<size_t>(i)]);
  }
  return out;
}

double fold(ReduceKind kind, const std::vector<double>& v) {
  double sum = 0;
  double product = 1;
  for (double x : v) sum += x, product *= x;
  switch (kind) {
    case ReduceKind::kSum: return sum;
    case ReduceKind::kMean: return sum / static_cast<double>(v.size());
    case ReduceKind::kMax: return *std::max_element(v.begin(), v.end());
    case ReduceKind::kMin: return *std::min_element(v.begin(), v.end());
    default: return product;
  }
}

/// Every subset of the axes of a shape, for every kind.
void check_all_axes(const Shape& shape) {
  const Array x = sequence(shape, 11, 5);
  for (uint32_t subset = 0; subset < (1U << shape.rank()); ++subset) {
    std::vector<int64_t> axes;
    std::vector<int64_t> kept;
    std::vector<int64_t> ones;
    for (size_t d = 0; d < shape.rank(); ++d) {
      const bool reduced = ((subset >> d) & 1U) != 0;
      if (reduced) axes.push_back(static_cast<int64_t>(d));
      if (!reduced) kept.push_back(shape[d]);
      ones.push_back(reduced ? 1 : shape[d]);
    }
    SCOPED_TRACE(shape.text() + " over " + list_text<int64_t>(axes));
    const auto parts = groups(x, axes);
    for (const auto kind : {ReduceKind::kSum, ReduceKind::kMean, ReduceKind::kMax, ReduceKind::kMin, ReduceKind::kProd}) {
      std::vector<double> want;
      for (const auto& part : parts) want.push_back(fold(kind, part));
      expect_output(run(make(kind, axes), {x}), Shape(kept), want);
      expect_output(run(make(kind, axes, true), {x}), Shape(ones), want);
    }
  }
}

TEST(Reduce, EverySubsetOfAxes) {
  check_all_axes({2, 3, 4});
  check_all_axes({3, 1, 2, 5});
  check_all_axes({2, 300});
  check_all_axes({});
}

TEST(Reduce, Logical) {
  const Array x = bools({2, 3}, {1, 1, 1, 0, 1, 0});
  expect_output(run(make(ReduceKind::kAll, {1}), {x}), {2}, {1, 0});
  expect_output(run(make(ReduceKind::kAny, {0}), {x}), {3}, {1, 1, 1});
  expect_output(run(make(ReduceKind::kAny, {0, 1}), {bools({2, 0}, {})}), {}, {0});
  expect_output(run(make(ReduceKind::kAll, {0, 1}), {bools({2, 0}, {})}), {}, {1});
  EXPECT_FALSE(run(make(ReduceKind::kSum, {0}), {x}).ok());
  EXPECT_FALSE(run(make(ReduceKind::kAll, {0}), {counted<float>({2})}).ok());
}

TEST(Reduce, Integers) {
  expect_output(run(make(ReduceKind::kMean, {0}), {array<int32_t>({3}, {-1, -2, -4})}), {}, {-2}, 0);
  expect_output(run(make(ReduceKind::kMean, {0}), {array<uint8_t>({3}, {255, 255, 254})}), {}, {254}, 0);
  expect_output(run(make(ReduceKind::kSum, {0}), {array<uint8_t>({2}, {200, 100})}), {}, {44}, 0);
  const int64_t big = (int64_t{1} << 60) + 1;
  EXPECT_EQ(values_of<int64_t>(run(make(ReduceKind::kSum, {0}), {array<int64_t>({2}, {big, 1})})), std::vector<int64_t>{big + 1});
  EXPECT_EQ(values_of<int64_t>(run(make(ReduceKind::kMax, {0}), {array<int64_t>({2}, {-big, -big - 1})})), std::vector<int64_t>{-big});
}

TEST(Reduce, NarrowFloatsAreSummedWide) {
  const std::vector<double> ones(4097, 1.0);
  expect_output(run(make(ReduceKind::kSum, {0}), {array_of<Half>({4097}, ones)}), {}, {4096}, 0);
  expect_output(run(make(ReduceKind::kMean, {0}), {array_of<BFloat16>({4097}, ones)}), {}, {1}, 0);
}

TEST(Reduce, NotANumberWins) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Array x = array_of<float>({3}, {1, nan, 2});
  for (const auto kind : {ReduceKind::kMax, ReduceKind::kMin, ReduceKind::kSum}) expect_output(run(make(kind, {0}), {x}), {}, {nan});
}

TEST(Reduce, NothingToFold) {
  const Array none = array<float>({2, 0}, {});
  expect_output(run(make(ReduceKind::kSum, {1}), {none}), {2}, {0, 0});
  expect_output(run(make(ReduceKind::kProd, {1}), {none}), {2}, {1, 1});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_output(run(make(ReduceKind::kMean, {1}), {none}), {2}, {nan, nan});
  EXPECT_FALSE(run(make(ReduceKind::kMax, {1}), {none}).ok());
  expect_output(run(make(ReduceKind::kMax, {0}), {none}), {0}, {});
  expect_output(run(make(ReduceKind::kMean, {0}), {array<int32_t>({0}, {})}), {}, {0});
}

TEST(Reduce, Refuses) {
  const Array x = counted<float>({2, 3});
  EXPECT_FALSE(run(make(ReduceKind::kSum, {2}), {x}).ok());
  EXPECT_FALSE(run(make(ReduceKind::kSum, {-1}), {x}).ok());
  EXPECT_FALSE(run(make(ReduceKind::kSum, {1, 0}), {x}).ok());
  EXPECT_FALSE(run(make(ReduceKind::kSum, {1, 1}), {x}).ok());
}

TEST(Reduce, BatchAxis) {
  const Array x = sequence({3, 6, 3}, 11, 5);
  EXPECT_EQ(count_batch_placements(make(ReduceKind::kSum, {1}), {x}), 2);
  EXPECT_EQ(count_batch_placements(make(ReduceKind::kMax, {0, 2}, true), {x}), 1);
  EXPECT_EQ(count_batch_placements(make(ReduceKind::kMean, {0, 1, 2}), {x}), 0);
  EXPECT_EQ(axis_of(make(ReduceKind::kSum, {0}), {{DType::kF32, {2, 3}}}, {{1, 1}}), (ir::BatchAxis{0, 1}));
}

}  // namespace
}  // namespace mindird::ops

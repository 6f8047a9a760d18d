// SearchSorted; expected values by numpy.searchsorted.
#include "ops/indexing/search_sorted.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using I = std::vector<int64_t>;

SearchSorted search(bool right) {
  SearchSorted op;
  op.right = right;
  return op;
}

TEST(SearchSorted, OneVectorForAll) {
  const Array sorted = array<float>({4}, {1, 2, 2, 5});
  const Array values = array<float>({2, 3}, {0, 1, 2, 3, 5, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_EQ(values_of<int64_t>(run(search(false), {sorted, values})), (I{0, 0, 1, 3, 3, 4}));
  EXPECT_EQ(values_of<int64_t>(run(search(true), {sorted, values})), (I{0, 1, 3, 3, 4, 4}));
  EXPECT_EQ(values_of<int64_t>(run(search(true), {sorted, array<float>({}, {2})})), (I{3}));
}

TEST(SearchSorted, LineByLineEmptyAndRefusals) {
  const Array sorted = array<int32_t>({2, 3}, {1, 3, 5, 2, 4, 6});
  EXPECT_EQ(values_of<int64_t>(run(search(false), {sorted, array<int32_t>({2, 2}, {3, 6, 3, 6})})), (I{1, 3, 1, 2}));
  EXPECT_EQ(values_of<int64_t>(run(search(false), {array<int32_t>({0}, {}), array<int32_t>({2}, {3, 6})})), (I{0, 0}));
  EXPECT_TRUE(run(search(false), {array<int32_t>({2, 0}, {}), array<int32_t>({2, 0}, {})}).ok());
  EXPECT_FALSE(run(search(false), {sorted, counted<int32_t>({3, 2})}).ok());
  EXPECT_FALSE(run(search(false), {sorted, counted<int32_t>({2})}).ok());
  EXPECT_FALSE(run(search(false), {sorted, counted<float>({2, 2})}).ok());
}

TEST(SearchSorted, BatchAxis) {
  const ir::Types lines{{DType::kF32, {4, 3}}, {DType::kF32, {4, 2}}};
  EXPECT_EQ(axis_of(search(false), lines, {{0, 2}, {0, 2}}), (ir::BatchAxis{0, 2}));
  EXPECT_EQ(axis_of(search(false), lines, {{-1, 1}, {0, 2}}), std::nullopt);
  const ir::Types shared{{DType::kF32, {3}}, {DType::kF32, {4, 2}}};
  EXPECT_EQ(axis_of(search(false), shared, {{-1, 1}, {0, 2}}), (ir::BatchAxis{0, 2}));
}

}  // namespace
}  // namespace mindird::ops

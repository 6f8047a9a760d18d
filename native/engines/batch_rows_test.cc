// Which numbers follow the batch, and those that grow beyond counting.
#include "engines/batch_rows.h"

#include <gtest/gtest.h>

#include <limits>

namespace mindird::engines {
namespace {

TEST(BatchRows, MultiplesOfThePlaceholderGrowAndOthersStay) {
  EXPECT_EQ(at_rows(10, 5, 3), 6);
  EXPECT_EQ(at_rows(-10, 5, 3), -6);
  EXPECT_EQ(at_rows(7, 5, 3), 7);
  EXPECT_EQ(at_rows(-1, 5, 3), -1);
  EXPECT_EQ(at_rows(0, 5, 3), 0);
  EXPECT_TRUE(grows_with_batch(5, 5));
  EXPECT_FALSE(grows_with_batch(0, 5));
}

TEST(BatchRows, NumbersBeyondCountingAreNone) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(at_rows(7, 5, kMost), 7);
  EXPECT_EQ(at_rows(10, 5, kMost), std::nullopt);
  EXPECT_EQ(at_rows(std::numeric_limits<int64_t>::min(), 2, kMost), std::nullopt);
}

}  // namespace
}  // namespace mindird::engines

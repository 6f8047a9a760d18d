#include "engines/cpu/base/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engines/cpu/base/loop_nest.h"

namespace mindird::engines::cpu {
namespace {

using Strides = std::vector<int64_t>;

TEST(CpuLayout, ChannelsLastStrides) {
  EXPECT_EQ(Layout::channels_last({2, 3, 4, 5}).strides, (Strides{60, 1, 15, 3}));
  EXPECT_TRUE(Layout::channels_last({2, 3}).is_plain());
  EXPECT_EQ(Layout::channels_last({2, 3, 4, 5}).text(), "channels-last");
}

TEST(CpuLayout, DimsOfSizeOneDoNotMatter) {
  EXPECT_TRUE(Layout::channels_last({1, 7, 1, 1}).is_plain());
  EXPECT_TRUE(Layout::channels_last({1, 1, 5, 4}).is_plain());
  EXPECT_FALSE(Layout::channels_last({1, 2, 5, 4}).is_plain());
}

TEST(CpuLayout, ReshapedWhereStridesAllow) {
  const Layout rows = Layout::plain({4, 6}).permuted({1, 0});
  EXPECT_FALSE(rows.reshaped({24}).has_value());
  ASSERT_TRUE(rows.reshaped({2, 3, 4}).has_value());
  EXPECT_EQ(rows.reshaped({2, 3, 4})->strides, (Strides{3, 1, 6}));
  EXPECT_EQ(Layout::plain({4, 6}).reshaped({1, 24, 1})->strides, (Strides{24, 1, 1}));
  EXPECT_FALSE(Layout::channels_last({1, 3, 4, 4}).reshaped({1, 48}).has_value());
  const auto pixels = Layout::channels_last({1, 3, 4, 4}).reshaped({1, 3, 16});
  ASSERT_TRUE(pixels.has_value());
  EXPECT_EQ(pixels->strides[2], 3);
}

TEST(CpuLayout, DenseAndSpan) {
  EXPECT_TRUE(Layout::channels_last({2, 3, 4, 5}).is_dense());
  const Layout cut{{2, 3}, {10, 1}};
  EXPECT_FALSE(cut.is_dense());
  EXPECT_EQ(cut.span(), 13);
  EXPECT_EQ((Layout{{2, 0}, {1, 1}}.span()), 0);
}

std::vector<int64_t> runs_of(const LoopNest& nest) {
  std::vector<int64_t> counts;
  nest.for_runs(0, nest.elements(), [&](const Offsets&, int64_t count) { counts.push_back(count); });
  return counts;
}

TEST(CpuLoopNest, MergesDimsThatContinue) {
  const LoopNest flat(Layout::plain({2, 3, 4}), {Layout::plain({2, 3, 4}), Layout::plain({2, 3, 4})});
  EXPECT_EQ(runs_of(flat), (std::vector<int64_t>{24}));
  const LoopNest channel(Layout::channels_last({2, 8, 3, 3}), {Layout::channels_last({2, 8, 3, 3}), Layout::plain({8, 1, 1})});
  EXPECT_EQ(runs_of(channel), std::vector<int64_t>(18, 8));
  EXPECT_EQ(channel.run_step(2), 1);
}

TEST(CpuLoopNest, VisitsEveryElementOnceFromAnyStart) {
  const Layout out = Layout::plain({3, 4, 5});
  const Layout in = Layout::plain({5, 4, 3}).permuted({2, 1, 0});
  const LoopNest nest(out, {in});
  for (const int64_t share : {1, 3, 5, 7, 60}) {
    std::vector<int> seen(60, 0);
    for (int64_t first = 0; first < nest.elements(); first += share) {
      nest.for_runs(first, std::min(first + share, nest.elements()), [&](const Offsets& o, int64_t count) {
        for (int64_t i = 0; i < count; ++i) {
          const int64_t at = o[0] + i * nest.run_step(0);
          const int64_t from = o[1] + i * nest.run_step(1);
          ++seen[static_cast<size_t>(at)];
          EXPECT_EQ(from, at / 20 + (at / 5 % 4) * 3 + (at % 5) * 12);
        }
      });
    }
    EXPECT_EQ(seen, std::vector<int>(60, 1)) << "in shares of " << share;
  }
}

}  // namespace
}  // namespace mindird::engines::cpu

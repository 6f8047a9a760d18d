#include "ops/pooling/region_pool.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

RegionPool pool(int64_t grid, int64_t depth, double scale = 1) {
  RegionPool op;
  op.grid = grid;
  op.depth = depth;
  op.scale = scale;
  return op;
}

TEST(RegionPool, EachCellFromItsChannel) {
  // Channel c holds 100 c + 10 y + x. The region is x 0 to 4 and y 0 to 2, so cells are two columns by one row.
  std::vector<float> x;
  for (int c = 0; c < 4; ++c) {
    for (int i = 0; i < 4 * 5; ++i) x.push_back(static_cast<float>(100 * c + 10 * (i / 5) + i % 5));
  }
  const Array image = array<float>({1, 4, 4, 5}, x);
  expect_output(run(pool(2, 1), {image, array<float>({1, 5, 1}, {0, 0, 0, 4, 2})}), {1, 1, 2, 2}, {0.5, 102.5, 210.5, 312.5});
  expect_output(run(pool(2, 1, 0.5), {image, array<float>({1, 5, 1}, {0, 0, 0, 8, 4})}), {1, 1, 2, 2}, {0.5, 102.5, 210.5, 312.5});
}

TEST(RegionPool, RegionsLieAlongTheLastDimension) {
  // Two images of one part of regions each, two regions in a part: in the order part, region.
  const Array images = array<float>({2, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18});
  const Array regions = array<float>({2, 5, 2}, {0, 1, 0, 1, 0, 1, 1, 2, 1, 2, 1, 0, 1, 1, 0, 1, 2, 2, 1, 2});
  expect_output(run(pool(1, 1), {images, regions}), {4, 1, 1, 1}, {0, 14, 11, 4});
}

TEST(RegionPool, WhatLiesOutsideIsClippedOrNothing) {
  const Array image = counted<float>({1, 1, 3, 3});
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  expect_output(run(pool(1, 1), {image, array<float>({1, 5, 1}, {0, -5, -5, 50, 50})}), {1, 1, 1, 1}, {2});
  expect_output(run(pool(1, 1), {image, array<float>({1, 5, 1}, {0, 9, 9, 12, 12})}), {1, 1, 1, 1}, {0});
  for (const float corner : {kNan, kInfinity, -kInfinity, 1e30F})
    EXPECT_TRUE(run(pool(1, 1), {image, array<float>({1, 5, 1}, {0, corner, 0, corner, corner})}).ok());
}

TEST(RegionPool, Refuses) {
  const Array image = counted<float>({1, 4, 3, 3});
  for (const float number : {1.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_FALSE(run(pool(2, 1), {image, array<float>({1, 5, 1}, {number, 0, 0, 1, 1})}).ok()) << number;
  }
  const Array region = counted<float>({1, 5, 1});
  EXPECT_FALSE(run(pool(2, 2), {image, region}).ok());
  EXPECT_FALSE(run(pool(0, 1), {image, region}).ok());
  EXPECT_FALSE(run(pool(int64_t{1} << 62, int64_t{1} << 62), {image, region}).ok());
  EXPECT_FALSE(run(pool(2, 1), {image, counted<float>({1, 4, 1})}).ok());
  EXPECT_FALSE(run(pool(1, 1), {counted<float>({1, 1, 0, 3}), region}).ok());
}

}  // namespace
}  // namespace mindird::ops

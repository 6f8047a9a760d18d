#include "ops/image/grid_sample.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

GridSample make(bool align_corners) {
  GridSample op;
  op.align_corners = align_corners;
  return op;
}

TEST(GridSample, AgreesWithMindSpore) {
  const V x{-0.725849926F, -0.621664762F, -0.0873733088F, 0.135353386F,   -0.0383708775F, -1.31535876F, 2.36728072F,   -1.61165774F,
            0.0408201516F, 0.31226629F,   -0.264560431F,  -0.344364882F,  -0.0549189821F, -0.25594759F, 1.2863847F,    0.411897629F,
            -0.108248882F, -0.899051547F, -0.519300938F,  -0.0590383038F, 0.128056154F,   1.11191297F,  -0.954021871F, -0.0997646526F,
            -0.815230787F, 1.3033241F,    1.97615159F,    -0.835669577F,  -0.205376357F,  0.756478131F, 0.607803643F,  -0.0032768019F};
  const V grid{-0.86651212F, 1.0671761F,    0.151782632F, -0.948245347F, 0.527625978F, -0.578551948F, -1.27634525F,  0.539783061F,  -0.0215857103F,
               1.21256793F,  -0.266316265F, 0.289559901F, -0.291271985F, -1.15758312F, -0.631632447F, -0.493342072F, 0.0362584665F, -0.425640792F};
  const V want{-0.0154016428F, -0.116070956F, 0.0780165792F, 0.0F, 0.0335866995F, 0.259671271F, -0.116494186F, -0.516131699F, 0.403517574F,
               -0.0575963594F, -0.358422458F, -0.337789148F, 0.0F, 0.0515485778F, 1.19391036F,  -0.15410988F,  0.0414959639F, -0.285421342F};
  const V got = values_of<float>(run(make(false), {array<float>({1, 2, 4, 4}, x), array<float>({1, 3, 3, 2}, grid)}));
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-6F) << "element " << i;
}

TEST(GridSample, CornersMiddleAndOutside) {
  const Array x = array<float>({1, 1, 2, 2}, {1, 2, 3, 4});
  const Array grid = array<float>({1, 1, 5, 2}, {-1, -1, 1, -1, 0, 0, 1, 1, 3, 0});
  EXPECT_EQ(values_of<float>(run(make(true), {x, grid})), (V{1, 2, 2.5F, 4, 0}));
  // Between the outer edges the corner of the grid lies half outside in both dims.
  EXPECT_EQ(values_of<float>(run(make(false), {x, grid})), (V{0.25F, 0.5F, 2.5F, 1, 0}));
}

TEST(GridSample, PositionsWithoutMeaningGiveZero) {
  const Array x = array<double>({1, 1, 1, 2}, {1, 2});
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const Array grid = array<double>({1, 1, 4, 2}, {kNan, 0, 0, kInf, -kInf, 0, 1e300, 0});
  EXPECT_EQ(values_of<double>(run(make(false), {x, grid})), (std::vector<double>{0, 0, 0, 0}));
}

TEST(GridSample, NearestAndPadding) {
  const Array x = array<float>({1, 1, 1, 4}, {1, 2, 3, 4});
  // Positions -2, -0.75, 0.5, 2.5, 3.25 and 5 of four.
  const Array grid = array<float>({1, 1, 6, 2}, {-1.75F, 0, -1.125F, 0, -0.5F, 0, 0.5F, 0, 0.875F, 0, 1.75F, 0});
  const auto sampled = [&](GridInterpolation interpolation, GridPadding padding) {
    GridSample op = make(false);
    op.interpolation = interpolation;
    op.padding = padding;
    return values_of<float>(run(op, {x, grid}));
  };
  EXPECT_EQ(sampled(GridInterpolation::kNearest, GridPadding::kZeros), (V{0, 0, 2, 4, 4, 0}));
  EXPECT_EQ(sampled(GridInterpolation::kNearest, GridPadding::kBorder), (V{1, 1, 2, 4, 4, 4}));
  EXPECT_EQ(sampled(GridInterpolation::kNearest, GridPadding::kReflection), (V{2, 1, 2, 4, 4, 3}));
  EXPECT_EQ(sampled(GridInterpolation::kBilinear, GridPadding::kZeros), (V{0, 0.25F, 1.5F, 3.5F, 3, 0}));
  EXPECT_EQ(sampled(GridInterpolation::kBilinear, GridPadding::kBorder), (V{1, 1, 1.5F, 3.5F, 4, 4}));
  EXPECT_EQ(sampled(GridInterpolation::kBilinear, GridPadding::kReflection), (V{2, 1, 1.5F, 3.5F, 4, 3}));
}

TEST(GridSample, Volumes) {
  const Array x = array<float>({1, 1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Array grid = array<float>({1, 1, 1, 3, 3}, {-1, -1, -1, 1, -1, 1, 0, 0, 0});
  EXPECT_EQ(values_of<float>(run(make(true), {x, grid})), (V{1, 6, 4.5F}));
  EXPECT_FALSE(run(make(true), {x, counted<float>({1, 1, 1, 3, 2})}).ok());
  EXPECT_FALSE(run(make(true), {x, counted<float>({1, 1, 3, 3})}).ok());
}

TEST(GridSample, RefusesAndEmpty) {
  const Array x = counted<float>({1, 1, 2, 2});
  EXPECT_FALSE(run(make(false), {x, counted<float>({2, 1, 1, 2})}).ok());
  EXPECT_FALSE(run(make(false), {x, counted<float>({1, 1, 1, 3})}).ok());
  EXPECT_FALSE(run(make(false), {x, counted<double>({1, 1, 1, 2})}).ok());
  EXPECT_FALSE(run(make(false), {counted<int32_t>({1, 1, 2, 2}), counted<int32_t>({1, 1, 1, 2})}).ok());
  EXPECT_EQ(values_of<float>(run(make(false), {counted<float>({1, 1, 0, 2}), counted<float>({1, 1, 1, 2})})), V{0});
  EXPECT_TRUE(run(make(false), {x, counted<float>({1, 0, 1, 2})}).ok());
}

}  // namespace
}  // namespace mindird::ops

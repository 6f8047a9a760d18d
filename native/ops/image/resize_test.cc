#include "ops/image/resize.h"

#include <gtest/gtest.h>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;
using V = std::vector<float>;

Resize make(ResizeMode mode, ResizeCoordinates coordinates, std::vector<int64_t> size) {
  Resize op;
  op.mode = mode;
  op.coordinates = coordinates;
  op.size = std::move(size);
  return op;
}

void expect_near(const V& got, const V& want, float tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], tolerance) << "element " << i;
}

struct Case {
  const char* name;
  ResizeMode mode;
  ResizeCoordinates coordinates;
  Shape from;
  std::vector<int64_t> to;
  V x;
  V y;
};

// What MindSpore's CPU kernels give; the first plane of the cases of these names.
const std::vector<Case> kReferenceCases{
    {"resize_bilinear_align",
     ResizeMode::kBilinear,
     ResizeCoordinates::kAlignCorners,
     {3, 4},
     {5, 7},
     {0.257360667F, 0.667433083F, 0.010739659F, -0.417589456F, -0.0906412378F, 1.081671F, -1.14398503F, -1.45483339F, -1.53876328F, -1.78806508F, -0.271927834F,
      0.685306847F},
     {0.257360667F,  0.46239686F,  0.667433083F,  0.339086384F,  0.010739659F,  -0.203424901F,  -0.417589456F, 0.0833597183F, 0.478955865F,
      0.874552011F,  0.153964683F, -0.566622674F, -0.751417041F, -0.936211467F, -0.0906412378F, 0.495514899F,  1.081671F,     -0.0311570168F,
      -1.14398503F,  -1.29940915F, -1.45483339F,  -0.814702272F, -0.583949685F, -0.353197098F,  -0.530576706F, -0.707956433F, -0.546359837F,
      -0.384763241F, -1.53876328F, -1.66341424F,  -1.78806508F,  -1.0299964F,   -0.271927834F,  0.206689507F,  0.685306847F}},
    {"resize_bilinear_asymmetric",
     ResizeMode::kBilinear,
     ResizeCoordinates::kAsymmetric,
     {3, 4},
     {5, 7},
     {-0.385737538F, -0.16739808F, 0.548686147F, 1.29355967F, 1.6880697F, -0.637289405F, -1.51774335F, -0.610838115F, 0.515374303F, 0.0238815174F,
      -0.498607606F, -1.20855927F},
     {-0.385737538F, -0.260972142F, -0.0651002973F, 0.34409076F,    0.761507213F,  1.18714929F,   1.29355967F,   0.858546853F,  0.111186951F,
      -0.483881235F, -0.622074842F, -0.450573623F,  0.0306220055F,  0.150920987F,  1.45353055F,   0.334338635F,  -0.62060678F,  -1.08281314F,
      -1.14719212F,  -0.813744307F, -0.730382383F,  0.749913275F,   0.259475589F,  -0.193221509F, -0.532697022F, -0.812886238F, -1.0337894F,
      -1.08901513F,  0.515374303F,  0.23452127F,    -0.0507598147F, -0.349325061F, -0.701451004F, -1.10713768F,  -1.20855927F}},
    {"resize_bilinear_half_pixel",
     ResizeMode::kBilinear,
     ResizeCoordinates::kHalfPixel,
     {3, 4},
     {5, 7},
     {-0.284079373F, -0.798649848F, 0.208551571F, 0.0724239647F, -0.725160718F, -1.01813543F, -0.334994346F, -2.06272101F, -1.16895437F, 0.0586227141F,
      -0.992813885F, -3.31399536F},
     {-0.284079373F, -0.467854559F, -0.761894822F,  -0.295049131F,  0.198828146F,  0.12104094F,   0.0724239647F, -0.460511923F, -0.612630606F,
      -0.856020391F, -0.447655439F, -0.0640646368F, -0.505645931F,  -0.781634092F, -0.725160718F, -0.829794586F, -0.997208714F, -0.676564872F,
      -0.458403766F, -1.44567609F,  -2.06272101F,   -0.991436958F,  -0.770238161F, -0.416320145F, -0.550883234F, -0.878529429F, -2.06927204F,
      -2.81348586F,  -1.16895437F,  -0.730533898F,  -0.0290613174F, -0.467095554F, -1.15861309F,  -2.48500252F,  -3.31399536F}},
    {"resize_bilinear_down",
     ResizeMode::kBilinear,
     ResizeCoordinates::kAsymmetric,
     {5, 7},
     {2, 3},
     {0.961665452F,  1.44066548F,  -0.441806912F, 1.02998948F,  1.31521904F,   -1.01400244F,  -2.0099442F,   -0.522224009F, -0.937060535F,
      -0.348459512F, 0.495490521F, -0.388162941F, 1.92439091F,  0.10129036F,   -0.131902486F, -0.176071182F, -2.1151557F,   0.594587326F,
      -0.815802276F, 0.638221204F, 0.343416065F,  1.42253792F,  -0.412198484F, 0.266785324F,  -0.421784282F, -0.212901562F, -0.773978889F,
      -0.386261553F, 1.02519631F,  0.623780787F,  0.305783808F, 0.11670427F,   0.244177282F,  -0.316895157F, 0.30238536F},
     {0.961665452F, 0.0487917662F, -0.237594962F, 0.645317674F, -0.58732301F, -0.216703296F}},
    {"resize_nearest_align",
     ResizeMode::kNearest,
     ResizeCoordinates::kAlignCorners,
     {3, 4},
     {5, 7},
     {0.21976696F, 0.930708587F, 0.439023703F, -0.342267811F, 0.0974565446F, -0.784474909F, 1.40864968F, -1.33499932F, 0.535054266F, 0.59264189F, 1.08508992F,
      0.0809840485F},
     {0.21976696F,   0.930708587F, 0.930708587F, 0.439023703F, 0.439023703F, -0.342267811F, -0.342267811F, 0.0974565446F, -0.784474909F,
      -0.784474909F, 1.40864968F,  1.40864968F,  -1.33499932F, -1.33499932F, 0.0974565446F, -0.784474909F, -0.784474909F, 1.40864968F,
      1.40864968F,   -1.33499932F, -1.33499932F, 0.535054266F, 0.59264189F,  0.59264189F,   1.08508992F,   1.08508992F,   0.0809840485F,
      0.0809840485F, 0.535054266F, 0.59264189F,  0.59264189F,  1.08508992F,  1.08508992F,   0.0809840485F, 0.0809840485F}},
    {"resize_nearest_asymmetric",
     ResizeMode::kNearest,
     ResizeCoordinates::kAsymmetric,
     {3, 4},
     {5, 7},
     {-1.86468828F, -0.281892806F, -0.030606214F, 2.36386585F, 0.452308357F, -0.343147486F, -1.09970593F, -0.741203845F, 0.389042318F, -1.92050171F,
      0.507321894F, 0.367980957F},
     {-1.86468828F,  -1.86468828F,  -0.281892806F, -0.281892806F, -0.030606214F, -0.030606214F, 2.36386585F,   -1.86468828F,  -1.86468828F,
      -0.281892806F, -0.281892806F, -0.030606214F, -0.030606214F, 2.36386585F,   0.452308357F,  0.452308357F,  -0.343147486F, -0.343147486F,
      -1.09970593F,  -1.09970593F,  -0.741203845F, 0.452308357F,  0.452308357F,  -0.343147486F, -0.343147486F, -1.09970593F,  -1.09970593F,
      -0.741203845F, 0.389042318F,  0.389042318F,  -1.92050171F,  -1.92050171F,  0.507321894F,  0.507321894F,  0.367980957F}},
    {"interpolate_bicubic",
     ResizeMode::kBicubic,
     ResizeCoordinates::kHalfPixel,
     {3, 4},
     {6, 8},
     {-1.50277269F, -0.127625197F, 0.692727625F, -1.70970654F, 0.161878929F, 0.837057829F, 0.248420402F, -2.3083005F, 0.175684482F, 0.220749959F, -0.419038773F,
      -0.832578242F},
     {-1.77644014F,  -1.39764202F,  -0.595740139F, 0.136163622F,  0.74168551F,  0.268009692F,  -1.18285036F,  -1.86766791F,   -1.29798853F,  -0.960903883F,
      -0.247185975F, 0.327908397F,  0.714195967F,  0.112380654F,  -1.37309051F, -2.07432771F,  -0.284647077F, -0.0358382463F, 0.491260499F,  0.734334409F,
      0.656321764F,  -0.217161655F, -1.77647674F,  -2.51274419F,  0.236277133F, 0.387095034F,  0.706826568F,  0.708705485F,   0.370250523F,  -0.441040248F,
      -1.64080811F,  -2.20740438F,  0.196341276F,  0.252328038F,  0.371189862F, 0.254389048F,  -0.106431797F, -0.529840231F,  -0.983909488F, -1.19842553F,
      0.177832007F,  0.189012527F,  0.212966591F,  0.0400156379F, -0.33152467F, -0.571881473F, -0.673882842F, -0.722170711F}},
};

TEST(Resize, AgreesWithMindSpore) {
  for (const Case& c : kReferenceCases) {
    SCOPED_TRACE(c.name);
    const auto y = run(make(c.mode, c.coordinates, c.to), {array<float>(c.from, c.x)});
    expect_near(values_of<float>(y), c.y, c.mode == ResizeMode::kNearest ? 0 : 2e-6F);
  }
}

TEST(Resize, BicubicFractionsInStepsOf1024th) {
  const Array x = array<float>({1, 5}, {0, 1, 4, 9, 16});
  const V clamped{0.0F, 0.407626F, 1.971136F, 4.74799F, 7.885262F, 13.453879F, 16.765529F};
  expect_near(values_of<float>(run(make(ResizeMode::kBicubic, ResizeCoordinates::kAsymmetric, {1, 7}), {x})), clamped, 3e-6F);
  const V left_out{-0.058161F, 0.359972F, 1.654138F, 4.0F, 7.365075F, 12.416677F, 16.407126F};
  expect_near(values_of<float>(run(make(ResizeMode::kBicubic, ResizeCoordinates::kHalfPixel, {1, 7}), {x})), left_out, 3e-6F);
}

TEST(Resize, SameSizeIsTheIdentity) {
  const Array x = counted<float>({2, 3, 4, 5});
  for (const auto mode : {ResizeMode::kNearest, ResizeMode::kBilinear, ResizeMode::kBicubic}) {
    for (const auto c : {ResizeCoordinates::kAsymmetric, ResizeCoordinates::kHalfPixel, ResizeCoordinates::kAlignCorners}) {
      expect_near(values_of<float>(run(make(mode, c, {4, 5}), {x})), x.values<float>(), 1e-5F);
    }
  }
}

TEST(Resize, OneElementAndToOneElement) {
  for (const auto c : {ResizeCoordinates::kAsymmetric, ResizeCoordinates::kHalfPixel, ResizeCoordinates::kAlignCorners}) {
    EXPECT_EQ(values_of<float>(run(make(ResizeMode::kBilinear, c, {2, 2}), {array<float>({1, 1}, {5})})), (V{5, 5, 5, 5}));
    expect_near(values_of<float>(run(make(ResizeMode::kBicubic, c, {1, 3}), {array<float>({1, 1}, {5})})), {5, 5, 5}, 1e-6F);
  }
  EXPECT_EQ(values_of<float>(run(make(ResizeMode::kBilinear, ResizeCoordinates::kHalfPixel, {1, 1}), {counted<float>({2, 2})})), V{1.5F});
  EXPECT_EQ(values_of<float>(run(make(ResizeMode::kBilinear, ResizeCoordinates::kAlignCorners, {1, 1}), {counted<float>({2, 2})})), V{0});
}

TEST(Resize, OtherTypes) {
  const Array bytes = array<uint8_t>({1, 3}, {1, 2, 3});
  EXPECT_EQ(values_of<uint8_t>(run(make(ResizeMode::kNearest, ResizeCoordinates::kHalfPixel, {1, 6}), {bytes})), (std::vector<uint8_t>{1, 1, 2, 2, 3, 3}));
  EXPECT_FALSE(run(make(ResizeMode::kBilinear, ResizeCoordinates::kHalfPixel, {1, 6}), {bytes}).ok());
  const auto half = run(make(ResizeMode::kBilinear, ResizeCoordinates::kAlignCorners, {1, 3}), {array<Half>({1, 2}, {Half(1.0F), Half(2.0F)})});
  EXPECT_EQ(values_of<uint16_t>(half), (std::vector<uint16_t>{0x3c00, 0x3e00, 0x4000}));
  const auto wide = run(make(ResizeMode::kBilinear, ResizeCoordinates::kAlignCorners, {3, 1}), {array<double>({2, 1}, {1, 2})});
  EXPECT_EQ(values_of<double>(wide), (std::vector<double>{1, 1.5, 2}));
}

TEST(Resize, RefusesAndEmpty) {
  const auto nearest = [](std::vector<int64_t> size) { return make(ResizeMode::kNearest, ResizeCoordinates::kAsymmetric, std::move(size)); };
  EXPECT_FALSE(run(nearest({2}), {counted<float>({2, 2})}).ok());
  EXPECT_FALSE(run(nearest({2, -1}), {counted<float>({2, 2})}).ok());
  EXPECT_FALSE(run(nearest({2, 2}), {counted<float>({2, 0})}).ok());
  EXPECT_FALSE(run(nearest({2, 2}), {counted<float>({2})}).ok());
  EXPECT_FALSE(run(nearest({int64_t{1} << 62, 8}), {counted<float>({2, 2})}).ok());
  EXPECT_TRUE(run(nearest({0, 3}), {counted<float>({2, 2})}).ok());
  EXPECT_TRUE(run(nearest({3, 3}), {counted<float>({0, 2, 2})}).ok());
}

TEST(Resize, SurvivesHostileAttributes) {
  Hostile h(9);
  for (int i = 0; i < 2000; ++i) {
    const Array x = counted<float>(h.shape());
    const auto op = make(static_cast<ResizeMode>(h.pick(3)), static_cast<ResizeCoordinates>(h.pick(3)), h.list(2));
    EXPECT_TRUE(survives(op, {x}));
  }
}

}  // namespace
}  // namespace mindird::ops

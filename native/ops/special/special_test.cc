// Values of every kind computed with SciPy's special functions.
#include "ops/special/special.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

struct Expectation {
  SpecialKind kind;
  std::vector<std::vector<double>> in;
  std::vector<double> out;
};

const std::vector<Expectation>& expectations() {
  static const std::vector<Expectation> kTable{
      {SpecialKind::kLogGamma,
       {{-2.5, -0.1, 1e-05, 0.5, 1.0, 2.0, 3.7, 50.0, 10000000000.0}},
       {-0.056243716497674, 2.3689613327288, 11.512919692896, 0.5723649429247, 0.0, 0.0, 1.4280723266654, 144.56574394634, 220258509288.81}},
      {SpecialKind::kDigamma,
       {{-2.5, -0.1, 1e-05, 0.5, 1.0, 2.0, 3.7, 50.0, 10000000000.0}},
       {1.1031566406452, 9.2450730500529, -100000.57719922, -1.9635100260214, -0.57721566490153, 0.42278433509847, 1.1671535393615, 3.9019896734279,
        23.02585092989}},
      {SpecialKind::kErfInv,
       {{-0.999999, -0.5, -1e-12, 0.0, 0.1, 0.49, 0.51, 0.9, 0.99999999}},
       {-3.4589107372755, -0.47693627620447, -8.8622692545276e-13, 0.0, 0.088855990494258, 0.46586860023506, 0.48812205051596, 1.1630871536767,
        4.0522372432688}},
      {SpecialKind::kBesselI0,
       {{-50.0, -3.5, -0.2, 0.0, 0.25, 4.0, 39.5, 40.5, 600.0}},
       {2.9325537838493e+20, 7.3782034322255, 1.0100250277951, 1.0, 1.0156861412236, 11.301921952136, 9091504908730700.0, 2.4404306884277e+16,
        6.1463054039368e+258}},
      {SpecialKind::kBesselI0e,
       {{-50.0, -3.5, -0.2, 0.0, 0.25, 4.0, 39.5, 40.5, 600.0}},
       {0.056561626647454, 0.22280243801078, 0.82693855163433, 1.0, 0.79101716213972, 0.20700192122399, 0.06368010082839, 0.06288397125806, 0.016290146656306}},
      {SpecialKind::kBesselI1,
       {{-50.0, -3.5, -0.2, 0.0, 0.25, 4.0, 39.5, 40.5, 600.0}},
       {-2.9030785901036e+20, -6.2058349222584, -0.10050083402813, 0.0, 0.12597910894547, 9.7594651537044, 8975674988589300.0, 2.4101111554187e+16,
        6.1411813450669e+258}},
      {SpecialKind::kBesselI1e,
       {{-50.0, -3.5, -0.2, 0.0, 0.25, 4.0, 39.5, 40.5, 600.0}},
       {-0.055993123892895, -0.18739997660305, -0.082283123528812, 0.0, 0.098112628697368, 0.17875083950244, 0.062868787292557, 0.062102710535787,
        0.01627656586834}},
      {SpecialKind::kBesselJ0, {{-5.0, 0.0, 2.4048255576958, 33.0}}, {-0.17759677131434, 1.0, -9.5868825549168e-17, 0.097270672235509}},
      {SpecialKind::kBesselJ1, {{-5.0, 0.0, 3.8, 33.0}}, {0.32757913759147, 0.0, 0.012821002926732, 0.10061964911512}},
      {SpecialKind::kBesselK0,
       {{0.001, 0.5, 2.0, 2.0001, 7.5, 39.0, 41.0, 700.0}},
       {7.0236888005624, 0.92441907122767, 0.11389387274953, 0.11387988708044, 0.00024917761635611, 2.3102993637829e-18, 3.0499023556299e-19,
        4.6697764316854e-306}},
      {SpecialKind::kBesselK0e,
       {{0.001, 0.5, 2.0, 2.0001, 7.5, 39.0, 41.0, 700.0}},
       {7.0307160023783, 1.5241093857739, 0.84156821507077, 0.84154902487215, 0.45052369910492, 0.20005667790735, 0.19514601781518, 0.047362369454614}},
      {SpecialKind::kBesselK1,
       {{0.001, 0.5, 2.0, 2.0001, 7.5, 39.0, 41.0, 700.0}},
       {999.99623815609, 1.6564411200033, 0.13986588181652, 0.13984750046881, 0.00026529739012529, 2.3397334026807e-18, 3.0868748253148e-19,
        4.673110796708e-306}},
      {SpecialKind::kBesselK1e,
       {{0.001, 0.5, 2.0, 2.0001, 7.5, 39.0, 41.0, 700.0}},
       {1000.9967345591, 2.7310097082118, 1.0334768470687, 1.0334443655288, 0.47966893379102, 0.20260547142372, 0.19751167723194, 0.047396187653495}},
      {SpecialKind::kBesselY0, {{0.001, 0.9, 33.0}}, {-4.4714166113759, 0.0056283066352055, 0.09913482552088}},
      {SpecialKind::kBesselY1, {{0.001, 0.9, 33.0}}, {-636.62216723114, -0.87312658245633, -0.095780122419702}},
      {SpecialKind::kGammaP,
       {{0.3, 1.0, 5.0, 5.0, 50.0, 200000.0, 200000.0, 200000.0, 10000000.0}, {0.1, 3.0, 2.0, 9.0, 60.0, 199000.0, 200000.0, 201000.0, 10003000.0}},
       {0.5459128495918, 0.95021293163214, 0.052653017343711, 0.94503635850489, 0.91559331890631, 0.012576006291331, 0.50029735402762, 0.98722872829063,
        0.82861182933187}},
      {SpecialKind::kGammaQ,
       {{0.3, 1.0, 5.0, 5.0, 50.0, 200000.0, 200000.0, 200000.0, 10000000.0}, {0.1, 3.0, 2.0, 9.0, 60.0, 199000.0, 200000.0, 201000.0, 10003000.0}},
       {0.4540871504082, 0.049787068367864, 0.94734698265629, 0.054963641495105, 0.084406681093692, 0.98742399370867, 0.49970264597238, 0.012771271709372,
        0.17138817066813}},
      {SpecialKind::kPolygamma,
       {{0.0, 1.0, 2.0, 3.0, 4.0, 7.0}, {0.5, 2.5, 0.1, 9.0, 3.0, 1.5}},
       {-1.9635100260214, 0.49035775610023, -2001.8614573783, 0.0032343960459451, -0.13626612344088, 200.21818559806}},
      {SpecialKind::kBetaI,
       {{0.5, 2.0, 5.0, 30.0, 100.0, 1000.0}, {0.5, 3.0, 1.0, 2.0, 80.0, 2000.0}, {0.3, 0.5, 0.9, 0.99, 0.55, 0.33}},
       {0.36901011956555, 0.6875, 0.59049, 0.96161048540476, 0.4383196679452, 0.35063267613418}},
      {SpecialKind::kZeta,
       {{1.01, 2.0, 3.5, 20.0, 60.0, 3.0, 3.0}, {1.0, 0.5, 10.0, 0.3, 1.0, 7.5, 1000.0}},
       {100.5779433385, 4.9348022005447, 0.0014322106437179, 28679719907.93, 1.0, 0.010152626268322, 5.0050024999992e-07}},
      {SpecialKind::kHypot, {{3, -5, 1e200, 0}, {4, 12, 1e200, 0}}, {5, 13, 1.4142135623731e200, 0}},
  };
  return kTable;
}

Special make(SpecialKind kind) {
  Special op;
  op.kind = kind;
  return op;
}

template <class T>
Result<std::vector<Array>> apply(SpecialKind kind, const std::vector<std::vector<double>>& in) {
  std::vector<Array> arrays;
  for (const auto& values : in) arrays.push_back(array_of<T>({static_cast<int64_t>(values.size())}, values));
  return run(make(kind), arrays);
}

TEST(Special, Float64) {
  for (const Expectation& e : expectations()) {
    SCOPED_TRACE(kSpecialKindNames[static_cast<size_t>(e.kind)]);
    expect_output(apply<double>(e.kind, e.in), {static_cast<int64_t>(e.out.size())}, e.out, 1e-11);
  }
}

TEST(Special, RelativeErrorIsSmallWhereValuesAre) {
  for (const Expectation& e : expectations()) {
    if (e.kind == SpecialKind::kBesselJ0 || e.kind == SpecialKind::kGammaP || e.kind == SpecialKind::kGammaQ) continue;  // near zeros, and for large a
    SCOPED_TRACE(kSpecialKindNames[static_cast<size_t>(e.kind)]);
    const auto found = apply<double>(e.kind, e.in);
    ASSERT_TRUE(found.ok());
    for (size_t i = 0; i < e.out.size(); ++i) EXPECT_NEAR((*found)[0].values<double>()[i], e.out[i], 1e-11 * std::abs(e.out[i]) + 1e-300) << i;
  }
}

TEST(Special, ShorterTypesAreComputedInDouble) {
  expect_output(apply<float>(SpecialKind::kDigamma, {{0.5}}), {1}, {-1.9635100260214}, 1e-7);
  expect_output(apply<Half>(SpecialKind::kLogGamma, {{50}}), {1}, {144.5}, 1e-3);
  expect_output(apply<BFloat16>(SpecialKind::kGammaP, {{1}, {3}}), {1}, {0.95}, 1e-2);
}

TEST(Special, EveryKindIsChecked) {
  for (size_t k = 0; k < kSpecialKindNames.size(); ++k) {
    const auto kind = static_cast<SpecialKind>(k);
    const auto has = [kind](const Expectation& e) { return e.kind == kind; };
    EXPECT_EQ(std::count_if(expectations().begin(), expectations().end(), has), kind == SpecialKind::kNextAfter ? 0 : 1) << kSpecialKindNames[k];
  }
}

TEST(Special, EdgesOfTheDomains) {
  const auto check = [](SpecialKind kind, const std::vector<std::vector<double>>& in, const std::vector<double>& out) {
    SCOPED_TRACE(kSpecialKindNames[static_cast<size_t>(kind)]);
    expect_output(apply<double>(kind, in), {static_cast<int64_t>(out.size())}, out);
  };
  check(SpecialKind::kLogGamma, {{0, -3, kInf, -kInf, kNaN}}, {kInf, kInf, kInf, kInf, kNaN});
  check(SpecialKind::kDigamma, {{0.0, -0.0, -1, kInf, -kInf, kNaN}}, {-kInf, kInf, kNaN, kInf, kNaN, kNaN});
  check(SpecialKind::kErfInv, {{1, -1, 1.5, kNaN}}, {kInf, -kInf, kNaN, kNaN});
  check(SpecialKind::kBesselI0, {{kInf, -kInf, kNaN}}, {kInf, kInf, kNaN});
  check(SpecialKind::kBesselI1, {{kInf, -kInf, kNaN}}, {kInf, -kInf, kNaN});
  check(SpecialKind::kBesselI1e, {{kInf, -kInf, kNaN}}, {0, 0, kNaN});
  check(SpecialKind::kBesselK0, {{0, -1, kInf, kNaN, 1e300}}, {kInf, kNaN, 0, kNaN, 0});
  check(SpecialKind::kBesselK1e, {{0, -1, kInf, kNaN}}, {kInf, kNaN, 0, kNaN});
  check(SpecialKind::kBesselY0, {{0, -1, kNaN}}, {-kInf, kNaN, kNaN});
  check(SpecialKind::kZeta, {{1, 0.5, 2, 2.5, kInf, kInf, kInf, kNaN}, {2, 2, -3, -3.5, 2, 1, 0.5, 2}}, {kInf, kNaN, kInf, kNaN, 0, 1, kInf, kNaN});
  check(SpecialKind::kPolygamma, {{-1, 0.5, kNaN}, {2, 2, 2}}, {kNaN, kNaN, kNaN});
  check(SpecialKind::kGammaP, {{1, 1, 0, -1, 1, kInf, kInf}, {0, kInf, 1, 1, -1, 1, kInf}}, {0, 1, kNaN, kNaN, kNaN, 0, kNaN});
  check(SpecialKind::kGammaQ, {{1, 1, 0, -1, 1, kInf, kInf}, {0, kInf, 1, 1, -1, 1, kInf}}, {1, 0, kNaN, kNaN, kNaN, 1, kNaN});
  check(SpecialKind::kBetaI, {{1, 1, 0, 1, 1}, {1, 1, 1, -1, 1}, {0, 1, 0.5, 0.5, 1.5}}, {0, 1, kNaN, kNaN, kNaN});
}

/// No argument takes long, huge ones included; what a series does not reach is NaN and never a wrong number.
TEST(Special, HugeArgumentsEnd) {
  const std::vector<double> huge{1e15, 1e300, 12345678.9, -12345678.9, -1e300};
  for (size_t k = 0; k < kSpecialKindNames.size(); ++k) {
    const auto kind = static_cast<SpecialKind>(k);
    for (const double y : {0.5, 1e9, -1e9}) {
      const std::vector<double> other(huge.size(), y);
      for (const auto& in : std::vector<std::vector<std::vector<double>>>{{huge}, {huge, other}, {other, huge}, {huge, other, {0.5, 0.5, 0.5, 0.5, 0.5}}}) {
        static_cast<void>(apply<double>(kind, in));
      }
    }
  }
  const auto p = apply<double>(SpecialKind::kGammaP, {{1e12}, {1e12}});
  expect_output(p, {1}, {0.5}, 1e-6);
}

TEST(Special, NextAfterIsThatOfItsType) {
  const auto floats = apply<float>(SpecialKind::kNextAfter, {{1, 1, 0}, {2, 0, 1}});
  ASSERT_TRUE(floats.ok());
  EXPECT_EQ((*floats)[0].values<float>(), (std::vector<float>{0x1.000002p0F, 0x1.fffffep-1F, 0x1p-149F}));
  const auto doubles = apply<double>(SpecialKind::kNextAfter, {{1}, {2}});
  ASSERT_TRUE(doubles.ok());
  EXPECT_EQ((*doubles)[0].values<double>(), (std::vector<double>{0x1.0000000000001p0}));
  EXPECT_FALSE(apply<Half>(SpecialKind::kNextAfter, {{1}, {2}}).ok());
}

TEST(Special, BroadcastsAllOperands) {
  const Array a = array_of<double>({2, 1}, {1, 2});
  const Array b = array_of<double>({3}, {1, 2, 3});
  const Array x = array_of<double>({1, 1}, {0.5});
  // I_x(1, b) = 1 - (1 - x)^b, I_x(2, b) = 1 - (1 - x)^b (1 + b x).
  expect_output(run(make(SpecialKind::kBetaI), {a, b, x}), {2, 3}, {0.5, 0.75, 0.875, 0.25, 0.5, 0.6875});
}

TEST(Special, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(run(make(SpecialKind::kZeta), {counted<float>({2})}).ok());
  EXPECT_FALSE(run(make(SpecialKind::kZeta), {counted<float>({2}), counted<float>({3})}).ok());
  EXPECT_FALSE(run(make(SpecialKind::kZeta), {counted<float>({2}), counted<double>({2})}).ok());
  EXPECT_FALSE(run(make(SpecialKind::kDigamma), {counted<int32_t>({2})}).ok());
}

TEST(Special, BatchAxes) {
  EXPECT_GT(count_batch_placements(make(SpecialKind::kDigamma), {sequence({3, 6}, 11, 0)}), 0);
  EXPECT_GT(count_batch_placements(make(SpecialKind::kBetaI), {sequence({3, 1}, 11, 0), sequence({3, 6}, 11, 0), sequence({1, 6}, 11, 0, 0.05)}), 0);
}

}  // namespace
}  // namespace mindird::ops

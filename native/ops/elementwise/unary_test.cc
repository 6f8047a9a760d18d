// Values of every kind computed with Python's math module.
#include "ops/elementwise/unary.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

struct Expectation {
  UnaryKind kind;
  double alpha;
  double beta;
  std::vector<double> x;
  std::vector<double> y;
};

const std::vector<double> kAny{-3.5, -1, -0.375, 0, 0.5, 2.5};
const std::vector<double> kPositive{0.125, 0.75, 1, 3, 40.5};
const std::vector<double> kUnit{-0.75, -0.25, 0, 0.5};
const std::vector<double> kAboveOne{1, 1.5, 20};

const std::vector<Expectation>& expectations() {
  static const std::vector<Expectation> kTable{
      {UnaryKind::kAbs, 0, 0, kAny, {3.5, 1, 0.375, 0, 0.5, 2.5}},
      {UnaryKind::kNeg, 0, 0, kAny, {3.5, 1, 0.375, 0, -0.5, -2.5}},
      {UnaryKind::kSign, 0, 0, kAny, {-1, -1, -1, 0, 1, 1}},
      {UnaryKind::kFloor, 0, 0, kAny, {-4, -1, -1, 0, 0, 2}},
      {UnaryKind::kCeil, 0, 0, kAny, {-3, -1, 0, 0, 1, 3}},
      {UnaryKind::kRound, 0, 0, kAny, {-4, -1, 0, 0, 0, 2}},
      {UnaryKind::kExp, 0, 0, kAny, {0.03019738342232, 0.3678794411714, 0.687289278791, 1, 1.6487212707, 12.1824939607}},
      {UnaryKind::kExpm1, 0, 0, kAny, {-0.9698026165777, -0.6321205588286, -0.312710721209, 0, 0.6487212707001, 11.1824939607}},
      {UnaryKind::kSquare, 0, 0, kAny, {12.25, 1, 0.140625, 0, 0.25, 6.25}},
      {UnaryKind::kSin, 0, 0, kAny, {0.3507832276896, -0.8414709848079, -0.366272529086, 0, 0.4794255386042, 0.598472144104}},
      {UnaryKind::kCos, 0, 0, kAny, {-0.9364566872908, 0.5403023058681, 0.9305076219123, 1, 0.8775825618904, -0.8011436155469}},
      {UnaryKind::kTan, 0, 0, kAny, {-0.3745856401586, -1.557407724655, -0.3936265759256, 0, 0.5463024898438, -0.7470222972387}},
      {UnaryKind::kAtan, 0, 0, kAny, {-1.29249666779, -0.7853981633974, -0.3587706702706, 0, 0.4636476090008, 1.190289949683}},
      {UnaryKind::kSinh, 0, 0, kAny, {-16.54262728763, -1.175201193644, -0.3838510679136, 0, 0.5210953054937, 6.05020448104}},
      {UnaryKind::kCosh, 0, 0, kAny, {16.57282467106, 1.543080634815, 1.071140346705, 1, 1.127625965206, 6.132289479664}},
      {UnaryKind::kTanh, 0, 0, kAny, {-0.9981778976112, -0.7615941559558, -0.3583573983508, 0, 0.46211715726, 0.9866142981514}},
      {UnaryKind::kAsinh, 0, 0, kAny, {-1.96572047165, -0.8813735870195, -0.3667246042301, 0, 0.4812118250596, 1.647231146371}},
      {UnaryKind::kErf, 0, 0, kAny, {-0.9999992569016, -0.8427007929497, -0.4041169094348, 0, 0.520499877813, 0.9995930479826}},
      {UnaryKind::kErfc, 0, 0, kAny, {1.999999256902, 1.84270079295, 1.404116909435, 1, 0.479500122187, 0.000406952017445}},
      {UnaryKind::kSigmoid, 0, 0, kAny, {0.02931223075136, 0.26894142137, 0.4073334000459, 0.5, 0.6224593312019, 0.9241418199788}},
      {UnaryKind::kRelu, 0, 0, kAny, {0, 0, 0, 0, 0.5, 2.5}},
      {UnaryKind::kRelu6, 0, 0, kAny, {0, 0, 0, 0, 0.5, 2.5}},
      {UnaryKind::kLeakyRelu, 0.3, 0, kAny, {-1.05, -0.3, -0.1125, 0, 0.5, 2.5}},
      {UnaryKind::kElu, 0.3, 0, kAny, {-0.2909407849733, -0.1896361676486, -0.09381321636271, 0, 0.5, 2.5}},
      {UnaryKind::kCelu, 0.3, 0, kAny, {-0.2999974275183, -0.2892978019958, -0.2140485609419, 0, 0.5, 2.5}},
      {UnaryKind::kSelu, 0, 0, kAny, {-1.705009340957, -1.111330737813, -0.5497765128335, 0, 0.5253504936777, 2.626752468389}},
      {UnaryKind::kHardSigmoid, 0, 0, kAny, {0, 0.3333333333333, 0.4375, 0.5, 0.5833333333333, 0.9166666666667}},
      {UnaryKind::kHardSwish, 0, 0, kAny, {-0, -0.3333333333333, -0.1640625, 0, 0.2916666666667, 2.291666666667}},
      {UnaryKind::kGeluErf, 0, 0, kAny, {-0.0008142017766243, -0.1586552539315, -0.1326863374977, 0, 0.345731230637, 2.484475836686}},
      {UnaryKind::kGeluTanh, 0, 0, kAny, {-0.0006161976553737, -0.1588080093917, -0.1326922331085, 0, 0.3457140098251, 2.48491573391}},
      {UnaryKind::kFastGelu, 0, 0, kAny, {-0.00903344613478, -0.1542042340672, -0.1296158386298, 0, 0.3503884366064, 2.465013834951}},
      {UnaryKind::kSilu, 0, 0, kAny, {-0.1025928076297, -0.26894142137, -0.1527500250172, 0, 0.3112296656009, 2.310354549947}},
      {UnaryKind::kMish, 0, 0, kAny, {-0.1040957544864, -0.3034014613741, -0.1800401088418, 0, 0.3752452113049, 2.471392304558}},
      {UnaryKind::kSoftplus, 0, 0, kAny, {0.02975041827262, 0.3132616875182, 0.5231232641398, 0.6931471805599, 0.9740769841801, 2.578889734293}},
      {UnaryKind::kSoftsign, 0, 0, kAny, {-0.7777777777778, -0.5, -0.2727272727273, 0, 0.3333333333333, 0.7142857142857}},
      {UnaryKind::kLogSigmoid, 0, 0, kAny, {-3.529750418273, -1.313261687518, -0.8981232641398, -0.6931471805599, -0.4740769841801, -0.07888973429255}},
      {UnaryKind::kClip, -0.75, 1.5, kAny, {-0.75, -0.75, -0.375, 0, 0.5, 1.5}},
      {UnaryKind::kLog, 0, 0, kPositive, {-2.07944154168, -0.2876820724518, 0, 1.098612288668, 3.701301974112}},
      {UnaryKind::kLog1p, 0, 0, kPositive, {0.1177830356564, 0.5596157879354, 0.6931471805599, 1.38629436112, 3.725693427237}},
      {UnaryKind::kSqrt, 0, 0, kPositive, {0.3535533905933, 0.8660254037844, 1, 1.732050807569, 6.363961030679}},
      {UnaryKind::kRsqrt, 0, 0, kPositive, {2.828427124746, 1.154700538379, 1, 0.5773502691896, 0.1571348402637}},
      {UnaryKind::kReciprocal, 0, 0, kPositive, {8, 1.333333333333, 1, 0.3333333333333, 0.02469135802469}},
      {UnaryKind::kAsin, 0, 0, kUnit, {-0.8480620789815, -0.2526802551421, 0, 0.5235987755983}},
      {UnaryKind::kAcos, 0, 0, kUnit, {2.418858405776, 1.823476581937, 1.570796326795, 1.047197551197}},
      {UnaryKind::kAtanh, 0, 0, kUnit, {-0.9729550745277, -0.255412811883, 0, 0.5493061443341}},
      {UnaryKind::kAcosh, 0, 0, kAboveOne, {0, 0.9624236501192, 3.688253867361}},
  };
  return kTable;
}

Unary make(UnaryKind kind, double alpha = 0, double beta = 0) {
  Unary op;
  op.kind = kind;
  op.alpha = alpha;
  op.beta = beta;
  return op;
}

template <class T>
void check_all(double tolerance) {
  for (const Expectation& e : expectations()) {
    SCOPED_TRACE(kUnaryKindNames[static_cast<size_t>(e.kind)]);
    const Shape shape{1, static_cast<int64_t>(e.x.size())};
    expect_output(run(make(e.kind, e.alpha, e.beta), {array_of<T>(shape, e.x)}), shape, e.y, tolerance);
  }
}

TEST(Unary, Float64) { check_all<double>(1e-12); }
TEST(Unary, Float32) { check_all<float>(1e-6); }
TEST(Unary, Float16) { check_all<Half>(4e-3); }
TEST(Unary, BFloat16) { check_all<BFloat16>(3e-2); }

TEST(Unary, EveryFloatingKindIsChecked) {
  for (int64_t k = 0; k < static_cast<int64_t>(UnaryKind::kLogicalNot); ++k) {
    const auto has = [k](const Expectation& e) { return static_cast<int64_t>(e.kind) == k; };
    EXPECT_EQ(std::count_if(expectations().begin(), expectations().end(), has), 1) << kUnaryKindNames[static_cast<size_t>(k)];
  }
}

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

TEST(Unary, SpecialValues) {
  const auto check = [](UnaryKind kind, const std::vector<double>& x, const std::vector<double>& y) {
    SCOPED_TRACE(kUnaryKindNames[static_cast<size_t>(kind)]);
    const Shape shape{static_cast<int64_t>(x.size())};
    expect_output(run(make(kind, -1, 1), {array_of<float>(shape, x)}), shape, y);
  };
  check(UnaryKind::kRelu, {kNaN, kInf, -kInf}, {0, kInf, 0});
  check(UnaryKind::kRelu6, {kNaN, kInf, -kInf}, {0, 6, 0});
  check(UnaryKind::kClip, {kNaN, kInf, -kInf}, {kNaN, 1, -1});
  check(UnaryKind::kSigmoid, {-200, 200, kNaN}, {0, 1, kNaN});
  check(UnaryKind::kSoftplus, {-200, 200, kInf}, {0, 200, kInf});
  check(UnaryKind::kLogSigmoid, {-200, 200}, {-200, 0});
  check(UnaryKind::kMish, {-200, 200}, {0, 200});
  check(UnaryKind::kFastGelu, {-200, 200}, {0, 200});
  check(UnaryKind::kRound, {0.5, 1.5, 2.5, -0.5, -1.5}, {0, 2, 2, 0, -2});
  check(UnaryKind::kLog, {0, -1}, {-kInf, kNaN});
  check(UnaryKind::kReciprocal, {0}, {kInf});
}

TEST(Unary, Predicates) {
  const Array x = array_of<float>({4}, {kNaN, kInf, -kInf, 1});
  expect_output(run(make(UnaryKind::kIsNan), {x}), {4}, {1, 0, 0, 0});
  expect_output(run(make(UnaryKind::kIsInf), {x}), {4}, {0, 1, 1, 0});
  expect_output(run(make(UnaryKind::kIsFinite), {x}), {4}, {0, 0, 0, 1});
  expect_output(run(make(UnaryKind::kIsFinite), {array<int32_t>({2}, {0, 7})}), {2}, {1, 1});
  expect_output(run(make(UnaryKind::kIsNan), {array<int32_t>({2}, {0, 7})}), {2}, {0, 0});
}

TEST(Unary, LogicalNotTakesAnyByteForTrue) {
  Array x = bools({3}, {0, 1, 1});
  x.bytes[2] = std::byte{0x80};
  expect_output(run(make(UnaryKind::kLogicalNot), {x}), {3}, {1, 0, 0});
  EXPECT_FALSE(run(make(UnaryKind::kLogicalNot), {counted<float>({3})}).ok());
}

TEST(Unary, Integers) {
  const int8_t low = std::numeric_limits<int8_t>::min();
  const Array x = array<int8_t>({4}, {low, -3, 0, 100});
  expect_output(run(make(UnaryKind::kAbs), {x}), {4}, {-128, 3, 0, 100});
  expect_output(run(make(UnaryKind::kNeg), {x}), {4}, {-128, 3, 0, -100});
  expect_output(run(make(UnaryKind::kSign), {x}), {4}, {-1, -1, 0, 1});
  expect_output(run(make(UnaryKind::kSquare), {x}), {4}, {0, 9, 0, 16});
  expect_output(run(make(UnaryKind::kRelu6), {x}), {4}, {0, 0, 0, 6});
  expect_output(run(make(UnaryKind::kClip, -1.5, 1e30), {x}), {4}, {-1, -1, 0, 100});
  expect_output(run(make(UnaryKind::kRound), {x}), {4}, {-128, -3, 0, 100});
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(values_of<int64_t>(run(make(UnaryKind::kAbs), {array<int64_t>({2}, {least, -5})})), (std::vector<int64_t>{least, 5}));
  EXPECT_EQ(values_of<uint64_t>(run(make(UnaryKind::kNeg), {array<uint64_t>({1}, {1})})), std::vector<uint64_t>{~uint64_t{0}});
  EXPECT_FALSE(run(make(UnaryKind::kExp), {x}).ok());
}

TEST(Unary, RefusesWhatItCannotDo) {
  EXPECT_FALSE(run(make(UnaryKind::kAbs), {bools({1}, {1})}).ok());
  EXPECT_FALSE(run(make(UnaryKind::kAbs), {}).ok());
  EXPECT_FALSE(run(make(UnaryKind::kCelu, 0), {counted<float>({1})}).ok());
}

TEST(Unary, EmptyAndScalar) {
  expect_output(run(make(UnaryKind::kExp), {array<float>({0, 3}, {})}), {0, 3}, {});
  expect_output(run(make(UnaryKind::kExp), {array<float>({}, {0})}), {}, {1});
}

TEST(Unary, KeepsTheBatchAxis) { EXPECT_EQ(count_batch_placements(make(UnaryKind::kTanh), {sequence({3, 2, 6}, 11, 5)}), 2); }

}  // namespace
}  // namespace mindird::ops

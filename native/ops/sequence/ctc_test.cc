// CtcForward and CtcLoss against sums over every way through the classes, and the gradient against differences.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "ops/sequence/ctc_forward.h"
#include "ops/sequence/ctc_loss.h"
#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;
using Path = std::vector<int64_t>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What a path of classes spells: runs of a class are one label where they merge, blanks are none.
Path spelled(const Path& path, int64_t blank, bool merge) {
  Path out;
  for (size_t t = 0; t < path.size(); ++t) {
    const bool repeated = merge && t > 0 && path[t] == path[t - 1];
    if (path[t] != blank && !repeated) out.push_back(path[t]);
  }
  return out;
}

/// Minus the logarithm of the sum of the probabilities of all paths of `steps` classes that spell the labels.
double loss_by_paths(const std::function<double(size_t, int64_t)>& log_probability, size_t steps, int64_t classes, int64_t blank, bool merge,
                     const Path& labels) {
  double sum = 0;
  Path path(steps, 0);
  const std::function<void(size_t, double)> extend = [&](size_t t, double log) {
    if (t == steps) {
      if (spelled(path, blank, merge) == labels) sum += std::exp(log);
      return;
    }
    for (path[t] = 0; path[t] < classes; ++path[t]) extend(t + 1, log + log_probability(t, path[t]));
  };
  extend(0, 0);
  return -std::log(sum);
}

std::vector<double> scores(size_t count) {
  std::vector<double> out;
  for (size_t i = 0; i < count; ++i) out.push_back(std::sin(3.0 * static_cast<double>(i)) - 1);
  return out;
}

/// The loss of `labels` for scores [steps, classes] of one sequence.
Result<std::vector<Array>> loss(const CtcLoss& op, const std::vector<double>& x, int64_t classes, const std::vector<int32_t>& labels, int32_t length) {
  std::vector<int64_t> places;
  for (size_t i = 0; i < labels.size(); ++i) places.insert(places.end(), {0, static_cast<int64_t>(i)});
  const auto count = static_cast<int64_t>(labels.size());
  const auto steps = static_cast<int64_t>(x.size()) / classes;
  return run(op, {array<double>({steps, 1, classes}, x), array<int64_t>({count, 2}, places), array<int32_t>({count}, labels), array<int32_t>({1}, {length})});
}

double log_softmax(const std::vector<double>& x, int64_t classes, size_t t, int64_t c) {
  double sum = 0;
  for (int64_t k = 0; k < classes; ++k) sum += std::exp(x[t * static_cast<size_t>(classes) + static_cast<size_t>(k)]);
  return x[t * static_cast<size_t>(classes) + static_cast<size_t>(c)] - std::log(sum);
}

TEST(CtcForward, SumsOverAllAlignments) {
  const std::vector<double> x = scores(5 * 2 * 3);
  const std::vector<Path> labels{{2, 2}, {0, 2, 0}};
  for (const int64_t blank : {0, 1}) {
    CtcForward op;
    op.blank = blank;
    const std::vector<Path> wanted = blank == 1 ? labels : std::vector<Path>{{2, 2}, {1, 2}};
    const auto found = run(
        op, {array<double>({5, 2, 3}, x), array<int32_t>({2, 3}, blank == 1 ? std::vector<int32_t>{2, 2, 9, 0, 2, 0} : std::vector<int32_t>{2, 2, 9, 1, 2, 9}),
             array<int32_t>({2}, {5, 4}), array<int32_t>({2}, {2, blank == 1 ? 3 : 2})});
    std::vector<double> losses;
    for (size_t n = 0; n < 2; ++n) {
      losses.push_back(
          loss_by_paths([&](size_t t, int64_t c) { return x[(t * 2 + n) * 3 + static_cast<size_t>(c)]; }, n == 0 ? 5 : 4, 3, blank, true, wanted[n]));
    }
    expect_output(found, {2}, losses);
    EXPECT_EQ((*found)[1].type.shape, (Shape{2, 5, 7}));
  }
}

TEST(CtcForward, NoStepsNoLabelsAndRefusals) {
  const auto of = [](int64_t steps, int64_t labels, int64_t label) {
    return run(CtcForward(), {counted<float>({3, 1, 2}), array<int64_t>({1, 2}, {label, 1}), array<int64_t>({1}, {steps}), array<int64_t>({1}, {labels})});
  };
  EXPECT_EQ(values_of<float>(of(0, 0, 9)), std::vector<float>{0});
  EXPECT_EQ(values_of<float>(of(3, 0, 9)), std::vector<float>{-(0 + 2 + 4)});
  EXPECT_EQ(values_of<float>(of(2, 2, 1)), std::vector<float>{std::numeric_limits<float>::infinity()});
  for (const auto& [steps, labels, label] :
       std::initializer_list<std::array<int64_t, 3>>{{4, 1, 1}, {-1, 0, 1}, {1, 2, 1}, {3, 3, 1}, {3, -1, 1}, {3, 1, 2}, {3, 1, -1}}) {
    EXPECT_FALSE(of(steps, labels, label).ok()) << steps << " " << labels << " " << label;
  }
  CtcForward op;
  op.blank = 2;
  EXPECT_FALSE(run(op, {counted<float>({3, 1, 2}), counted<int64_t>({1, 2}), counted<int64_t>({1}), counted<int64_t>({1})}).ok());
}

TEST(CtcLoss, SumsOverAllAlignments) {
  const std::vector<double> x = scores(5 * 4);
  for (const bool merge : {true, false}) {
    CtcLoss op;
    op.merge = merge;
    for (const std::vector<int32_t>& labels : {std::vector<int32_t>{1, 1, 2}, {0}, {}}) {
      const auto log = [&](size_t t, int64_t c) { return log_softmax(x, 4, t, c); };
      const double wanted = loss_by_paths(log, 5, 4, 3, merge, Path(labels.begin(), labels.end()));
      expect_output(loss(op, x, 4, labels, 5), {1}, {wanted});
    }
  }
}

TEST(CtcLoss, GradientIsTheSlope) {
  std::vector<double> x = scores(4 * 3);
  const std::vector<int32_t> labels{1, 1};
  const auto found = loss(CtcLoss(), x, 3, labels, 3);
  constexpr double kStep = 1e-5;
  std::vector<double> slopes;
  for (double& score : x) {
    const double before = score;
    score = before + kStep;
    const double above = values_of<double>(loss(CtcLoss(), x, 3, labels, 3)).at(0);
    score = before - kStep;
    slopes.push_back((above - values_of<double>(loss(CtcLoss(), x, 3, labels, 3)).at(0)) / (2 * kStep));
    score = before;
  }
  expect_output(found, {4, 1, 3}, slopes, 1e-7, 1);
}

TEST(CtcLoss, LabelsThatRepeatEndOrAreTooMany) {
  const std::vector<double> x = scores(4 * 3);
  CtcLoss op;
  op.collapse = true;
  EXPECT_EQ(values_of<double>(loss(op, x, 3, {0, 0, 1, 1}, 4)), values_of<double>(loss(op, x, 3, {0, 1}, 4)));
  EXPECT_EQ(values_of<double>(loss(op, x, 3, {0, 2, 2}, 4)), values_of<double>(loss(op, x, 3, {0}, 4)));
  EXPECT_FALSE(loss(op, x, 3, {0, 2, 1}, 4).ok());
  EXPECT_FALSE(loss(CtcLoss(), x, 3, {0, 1, 0}, 2).ok());
  op.allow_longer = true;
  expect_output(loss(op, x, 3, {0, 1, 0}, 2), {1}, {kInfinity});
  expect_output(loss(op, x, 3, {0, 1, 0}, 2), {4, 1, 3}, std::vector<double>(12), 0, 1);
}

TEST(CtcLoss, NoStepsAndRefusals) {
  const std::vector<double> x = scores(4 * 3);
  EXPECT_EQ(values_of<double>(loss(CtcLoss(), x, 3, {}, 0)), std::vector<double>{0});
  EXPECT_EQ(values_of<double>(loss(CtcLoss(), x, 3, {1}, 0)), std::vector<double>{kInfinity});
  EXPECT_FALSE(loss(CtcLoss(), x, 3, {3}, 4).ok());
  EXPECT_FALSE(loss(CtcLoss(), x, 3, {-1}, 4).ok());
  EXPECT_FALSE(loss(CtcLoss(), x, 3, {1}, 5).ok());
  EXPECT_FALSE(loss(CtcLoss(), x, 3, {1}, -1).ok());
  const auto at = [&](std::vector<int64_t> places) {
    return run(CtcLoss(), {array<double>({4, 1, 3}, x), array<int64_t>({2, 2}, places), array<int32_t>({2}, {0, 1}), array<int32_t>({1}, {4})});
  };
  EXPECT_EQ(values_of<double>(at({0, 5, 0, 2})), values_of<double>(loss(CtcLoss(), x, 3, {1, 0}, 4)));
  EXPECT_FALSE(at({0, 1, 0, 1}).ok());
  EXPECT_FALSE(at({0, 0, 1, 1}).ok());
  EXPECT_FALSE(CtcLoss().infer(ir::Types{{DType::kF32, {1 << 20, 1, 2}}, {DType::kI64, {1 << 20, 2}}, {DType::kI32, {1 << 20}}, {DType::kI32, {1}}}).ok());
}

}  // namespace
}  // namespace mindird::ops

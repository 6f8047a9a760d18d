#include "ops/sequence/lstm.h"

#include "ops/testing_numeric.h"

namespace mindird::ops {
namespace {

using namespace testing;

Lstm make(int64_t hidden) {
  Lstm op;
  op.hidden_size = hidden;
  return op;
}

TEST(Lstm, AgreesWithOnnxRuntime) {
  // ONNX orders the gates i, o, f, g; the reference had its weights rearranged.
  const std::vector<Array> in{sequence({3, 2, 2}, 11, 5, 0.25), sequence({1, 2, 3}, 5, 2, 0.2), sequence({1, 2, 3}, 9, 4, 0.3),
                              sequence({12, 2}, 13, 6, 0.1),    sequence({12, 3}, 13, 6, 0.08), sequence({12}, 9, 4, 0.1)};
  const auto result = run(make(3), in);
  expect_output(result, {3, 2, 3},
                {-0.200762987, -0.146968484, -0.00228819065, 0.195943221, 0.0784763843, -0.116752848, -0.212037027, 0.017372163, 0.15733473, -0.081504412,
                 -0.0414967164, -0.284957737, -0.152599439, 0.0711066723, 0.137761787, -0.0836943015, 0.0401196815, 0.00702391472});
  expect_output(result, {1, 2, 3}, {-0.152599439, 0.0711066723, 0.137761787, -0.0836943015, 0.0401196815, 0.00702391472}, 1e-6, 1);
  expect_output(result, {1, 2, 3}, {-0.36550656, 0.163832173, 0.242944837, -0.163437963, 0.118559554, 0.0127765387}, 1e-6, 2);
}

TEST(Lstm, NoStepsGiveTheStatesBack) {
  const Array h = sequence({1, 2, 1}, 5, 2);
  const Array c = sequence({1, 2, 1}, 9, 4);
  const auto result = run(make(1), {array<float>({0, 2, 1}, {}), h, c, counted<float>({4, 1}), counted<float>({4, 1}), counted<float>({4})});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)[1], h);
  EXPECT_EQ((*result)[2], c);
}

TEST(Lstm, Refuses) {
  const Array x = counted<float>({3, 2, 2});
  const Array state = counted<float>({1, 2, 3});
  const Array wi = counted<float>({12, 2});
  const Array wh = counted<float>({12, 3});
  const Array bias = counted<float>({12});
  EXPECT_TRUE(run(make(3), {x, state, state, wi, wh, bias}).ok());
  EXPECT_FALSE(run(make(4), {x, state, state, wi, wh, bias}).ok());
  EXPECT_FALSE(run(make(int64_t{1} << 62), {x, state, state, wi, wh, bias}).ok());
  EXPECT_FALSE(run(make(3), {x, counted<float>({1, 1, 3}), state, wi, wh, bias}).ok());
  EXPECT_FALSE(run(make(3), {x, state, state, wh, wh, bias}).ok());
  EXPECT_FALSE(run(make(3), {x, state, state, wi, wh}).ok());
}

TEST(Lstm, BatchAxis) {
  const std::vector<Array> in{sequence({3, 3, 3}, 11, 5, 0.25), sequence({1, 3, 3}, 5, 2, 0.2), sequence({1, 3, 3}, 9, 4, 0.3),
                              sequence({12, 3}, 13, 6, 0.1),    sequence({12, 3}, 13, 6, 0.08), sequence({12}, 9, 4, 0.1)};
  EXPECT_EQ(count_batch_placements(make(3), in), 1);
}

}  // namespace
}  // namespace mindird::ops

#include "ops/indexing/number_range.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/indexing/testing_index.h"

namespace mindird::ops {
namespace {

using namespace testing;

template <class T>
Array scalar(T value) {
  return array<T>({}, {value});
}

TEST(NumberRange, CountsUpAndDownWithoutTheLimit) {
  EXPECT_EQ(values_of<int32_t>(run(NumberRange(), {scalar<int32_t>(1), scalar<int32_t>(9), scalar<int32_t>(3)})), (std::vector<int32_t>{1, 4, 7}));
  EXPECT_EQ(values_of<int64_t>(run(NumberRange(), {scalar<int64_t>(2), scalar<int64_t>(-3), scalar<int64_t>(-2)})), (std::vector<int64_t>{2, 0, -2}));
  EXPECT_EQ(values_of<float>(run(NumberRange(), {scalar(0.5F), scalar(2.0F), scalar(0.5F)})), (std::vector<float>{0.5F, 1.0F, 1.5F}));
  EXPECT_EQ((*run(NumberRange(), {scalar<int32_t>(5), scalar<int32_t>(2), scalar<int32_t>(1)}))[0].type.shape, (Shape{0}));
  EXPECT_EQ((*run(NumberRange(), {scalar<int32_t>(0), scalar<int32_t>(0), scalar<int32_t>(0)}))[0].type.shape, (Shape{0}));
}

TEST(NumberRange, RefusesWhatHasNoEndAndWhatIsTooLong) {
  NumberRange op;
  op.most = 3;
  EXPECT_EQ(run(op, {scalar<int32_t>(0), scalar<int32_t>(4), scalar<int32_t>(1)}).status().message(), "a sequence of more than 3 numbers");
  EXPECT_FALSE(run(op, {scalar<int32_t>(0), scalar<int32_t>(4), scalar<int32_t>(0)}).ok());
  EXPECT_FALSE(run(op, {scalar(0.0F), scalar(std::numeric_limits<float>::quiet_NaN()), scalar(1.0F)}).ok());
  EXPECT_FALSE(op.infer(ir::Types{{DType::kI32, {}}, {DType::kI64, {}}, {DType::kI32, {}}}).ok());
  op.most = -1;
  EXPECT_FALSE(op.infer(ir::Types{{DType::kI32, {}}, {DType::kI32, {}}, {DType::kI32, {}}}).ok());
}

}  // namespace
}  // namespace mindird::ops

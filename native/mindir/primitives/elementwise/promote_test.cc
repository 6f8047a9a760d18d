#include "mindir/primitives/elementwise/promote.h"

#include <gtest/gtest.h>

namespace mindird::mindir {
namespace {

TEST(Promote, kinds_order_bool_integer_float) {
  EXPECT_EQ(promoted(DType::kBool, DType::kI8), DType::kI8);
  EXPECT_EQ(promoted(DType::kI64, DType::kF16), DType::kF16);
  EXPECT_EQ(promoted(DType::kBool, DType::kF32), DType::kF32);
}

TEST(Promote, wider_wins_within_a_kind) {
  EXPECT_EQ(promoted(DType::kI32, DType::kI64), DType::kI64);
  EXPECT_EQ(promoted(DType::kF32, DType::kF16), DType::kF32);
  EXPECT_EQ(promoted(DType::kF64, DType::kF32), DType::kF64);
  EXPECT_EQ(promoted(DType::kF16, DType::kBF16), DType::kF32);
}

TEST(Promote, mixed_signs_need_a_type_that_holds_both) {
  EXPECT_EQ(promoted(DType::kU8, DType::kI8), DType::kI16);
  EXPECT_EQ(promoted(DType::kU8, DType::kI32), DType::kI32);
  EXPECT_EQ(promoted(DType::kU32, DType::kI8), DType::kI64);
  EXPECT_EQ(promoted(DType::kU64, DType::kI64), std::nullopt);
}

TEST(Promote, is_symmetric) {
  for (size_t a = 0; a < kDTypeCount; ++a) {
    for (size_t b = 0; b < kDTypeCount; ++b) {
      EXPECT_EQ(promoted(static_cast<DType>(a), static_cast<DType>(b)), promoted(static_cast<DType>(b), static_cast<DType>(a)));
    }
  }
}

}  // namespace
}  // namespace mindird::mindir

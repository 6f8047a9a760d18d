#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/halves.h"
#include "tensor/tensor.h"

namespace mindird {
namespace {

/// Small ones are copied by one thread, large ones by two.
TEST(Constant, HasTheBytesItIsMadeOf) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1'000'003}, kWorthHalves, 2 * kWorthHalves + 12'345}) {
    std::vector<std::byte> bytes(size);
    uint32_t state = 1;
    for (std::byte& b : bytes) b = static_cast<std::byte>((state = state * 1'664'525U + 1'013'904'223U) >> 24U);
    const auto constant = make_constant({DType::kU8, Shape{static_cast<int64_t>(size)}}, bytes);
    ASSERT_TRUE(constant.ok()) << size;
    EXPECT_TRUE(std::ranges::equal((*constant)->bytes(), bytes)) << size;
  }
}

}  // namespace
}  // namespace mindird

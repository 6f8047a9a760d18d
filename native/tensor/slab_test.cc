#include "tensor/slab.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace mindird {
namespace {

TEST(Slab, BuffersAreApartAndOutliveIt) {
  std::vector<Buffer> buffers;
  std::vector<size_t> sizes{0, 1, 63, 64, 65, 4096, size_t{200} << 10U, size_t{100} << 10U, size_t{1} << 20U, size_t{3} << 20U};
  // More than a block.
  for (size_t i = 0; i < 12; ++i) sizes.push_back((size_t{1} << 20U) + i);
  {
    Slab slab;
    for (const size_t size : sizes) {
      auto buffer = slab.allocate(size);
      ASSERT_TRUE(buffer.ok());
      EXPECT_EQ(buffer->size(), size);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 64, 0U) << size;
      if (size > 0) std::memset(buffer->data(), static_cast<int>(buffers.size() + 1), size);
      buffers.push_back(std::move(*buffer));
    }
  }
  for (size_t i = 0; i < buffers.size(); ++i) {
    for (const std::byte b : buffers[i].span()) ASSERT_EQ(b, static_cast<std::byte>(i + 1)) << "buffer " << i;
    // In any order.
    if (i % 2 == 0) buffers[i] = {};
  }
}

TEST(Slab, TooMuchIsAnError) {
  Slab slab;
  EXPECT_EQ(slab.allocate(size_t{1} << 50U).status().code(), Code::kOutOfMemory);
  EXPECT_TRUE(slab.allocate(8).ok());
}

}  // namespace
}  // namespace mindird

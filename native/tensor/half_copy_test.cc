#include "tensor/half_copy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "tensor/half.h"

namespace mindird {
namespace {

std::vector<uint16_t> as_halves(const std::vector<float>& from) {
  std::vector<uint16_t> out(from.size());
  copy_as_half(reinterpret_cast<const std::byte*>(from.data()), reinterpret_cast<std::byte*>(out.data()), from.size());
  return out;
}

std::vector<float> as_floats(const std::vector<uint16_t>& from) {
  std::vector<float> out(from.size());
  copy_as_float(reinterpret_cast<const std::byte*>(from.data()), reinterpret_cast<std::byte*>(out.data()), from.size());
  return out;
}

uint32_t bits(float v) { return std::bit_cast<uint32_t>(v); }

TEST(HalfCopy, EveryHalfBecomesItsFloatAndComesBack) {
  std::vector<uint16_t> halves(65536);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  const std::vector<float> floats = as_floats(halves);
  const std::vector<uint16_t> back = as_halves(floats);
  for (size_t i = 0; i < halves.size(); ++i) {
    const bool nan = (i & 0x7fffU) > 0x7c00U;
    ASSERT_EQ(std::isnan(floats[i]), nan) << i;
    ASSERT_EQ(std::signbit(floats[i]), i >= 0x8000U) << i;
    if (nan) {
      ASSERT_EQ(bits(floats[i]) & 0x400000U, 0x400000U) << i;
      ASSERT_EQ(back[i], (i & 0x8000U) | 0x7e00U) << i;
    } else {
      ASSERT_EQ(bits(floats[i]), bits(float_from_half(halves[i]))) << i;
      ASSERT_EQ(back[i], halves[i]);
    }
  }
}

TEST(HalfCopy, HalfwayBetweenTwoHalvesIsRoundedToTheEvenOne) {
  std::vector<float> floats;
  std::vector<uint16_t> want;
  for (uint16_t i = 0; i < 0x7bff; ++i) {
    const float low = float_from_half(i);
    const float high = float_from_half(static_cast<uint16_t>(i + 1));
    const float middle = low + (high - low) / 2;
    for (const float v : {std::nextafter(middle, 0.F), middle, std::nextafter(middle, 1e9F)}) floats.push_back(v);
    for (const auto up : {0, i % 2, 1}) want.push_back(static_cast<uint16_t>(i + up));
  }
  const std::vector<uint16_t> got = as_halves(floats);
  for (size_t i = 0; i < want.size(); ++i) ASSERT_EQ(got[i], want[i]) << floats[i];
}

TEST(HalfCopy, WhatIsBeyondTheRangeIsInfiniteOrZero) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> floats = {kInfinity, -kInfinity, 65519, 65520, -65520, 1e30F, 1e-30F, -1e-30F, 0, -0.F, std::numeric_limits<float>::denorm_min(),
                                     // So that all of the above are converted in eights.
                                     1, 1, 1, 1, 1};
  const std::vector<uint16_t> want = {0x7c00, 0xfc00, 0x7bff, 0x7c00, 0xfc00, 0x7c00, 0, 0x8000, 0, 0x8000, 0, 0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00};
  EXPECT_EQ(as_halves(floats), want);
}

TEST(HalfCopy, AnyCountAtAnyAddress) {
  std::vector<std::byte> source(400);
  std::vector<std::byte> target(400);
  for (size_t count = 0; count < 40; ++count) {
    const size_t from = count % 4;
    const size_t to = count % 3;
    for (size_t i = 0; i < count; ++i) {
      const auto v = static_cast<float>(i) - 7.25F;
      std::memcpy(source.data() + from + i * 4, &v, 4);
    }
    std::fill(target.begin(), target.end(), std::byte{0x55});
    copy_as_half(source.data() + from, target.data() + to, count);
    for (size_t i = 0; i < count; ++i) {
      uint16_t half = 0;
      std::memcpy(&half, target.data() + to + i * 2, 2);
      ASSERT_EQ(float_from_half(half), static_cast<float>(i) - 7.25F);
    }
    ASSERT_EQ(target[to + count * 2], std::byte{0x55});
    copy_as_float(target.data() + to, source.data() + from, count);
    for (size_t i = 0; i < count; ++i) {
      float v = 0;
      std::memcpy(&v, source.data() + from + i * 4, 4);
      ASSERT_EQ(v, static_cast<float>(i) - 7.25F);
    }
  }
}

}  // namespace
}  // namespace mindird

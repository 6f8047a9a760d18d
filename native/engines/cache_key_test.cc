#include "engines/cache_key.h"

#include <gtest/gtest.h>

namespace mindird::engines {
namespace {

const CacheKey kHere{{1, 2}, "tensorrt", "TensorRT=11.2.1; device=NVIDIA H200; driver=13000", "threads=1,rows=1 8 32"};

KeyDifference to(const char* fingerprint, const char* options) { return difference(kHere, CacheKey{{1, 2}, "tensorrt", fingerprint, options}.text()); }

TEST(CacheKeys, TheSameTextDiffersInNothing) { EXPECT_EQ(difference(kHere, kHere.text()).parts, 0U); }

TEST(CacheKeys, EveryDifferenceIsNamedOnBothSides) {
  const KeyDifference d = to("TensorRT=11.1.0; device=NVIDIA H100; driver=13000", "threads=4,rows=1 8 32");
  EXPECT_EQ(d.parts, 3U);
  EXPECT_EQ(d.there, "TensorRT 11.1.0, device NVIDIA H100, threads 4");
  EXPECT_EQ(d.here, "TensorRT 11.2.1, device NVIDIA H200, threads 1");
}

TEST(CacheKeys, PartsThatOneSideLacksAreNamed) {
  const KeyDifference d = to("TensorRT=11.2.1; device=NVIDIA H200; TF32=on", "threads=1,rows=1 8 32");
  EXPECT_EQ(d.there, "no driver, TF32 on");
  EXPECT_EQ(d.here, "driver 13000, no TF32");
}

TEST(CacheKeys, APartWithoutANameIsAVersion) {
  CacheKey here = kHere;
  here.fingerprint = "cpu-4";
  EXPECT_EQ(difference(here, "cpu-3\nthreads=1,rows=1 8 32").there, "version cpu-3");
}

TEST(CacheKeys, AnyTextIsFine) {
  const std::string long_name(10'000, 'x');
  for (const std::string& there : {std::string(), std::string("\n\n\n"), std::string(";=;,=,\0\x01", 8), "a=" + long_name, long_name + "=\x1b[31m"}) {
    const KeyDifference d = difference(kHere, there);
    EXPECT_GT(d.parts, 0U);
    EXPECT_LT(d.there.size(), 1000U);
    EXPECT_EQ(d.there.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace mindird::engines

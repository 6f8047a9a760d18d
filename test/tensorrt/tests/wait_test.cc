// How threads of the host wait for the device: what the driver is told before its context is made.
#include <gtest/gtest.h>

#include "counters.h"
#include "engines/tensorrt/loader/cuda_library.h"
#include "support.h"

namespace mindird::test {
namespace {

using engines::tensorrt::kCuScheduleBlocking;
using engines::tensorrt::kCuScheduleSpin;

TEST(TensorrtWaits, AsItIsTold) {
  tensorrt_engine();
  EXPECT_EQ(cuda_count("context_flags"), kCuScheduleSpin);
  for (const bool blocks : {true, false}) {
    ASSERT_TRUE(engines::tensorrt::load_cuda(MINDIRD_FAKE_GPU "/libcuda.so.1", blocks).ok());
    EXPECT_EQ(cuda_count("context_flags"), blocks ? kCuScheduleBlocking : kCuScheduleSpin);
  }
}

}  // namespace
}  // namespace mindird::test

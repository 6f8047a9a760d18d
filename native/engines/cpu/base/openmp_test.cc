#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engines/cpu/base/stream.h"

// As libraries in this process find them.
extern "C" void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags);
extern "C" int omp_get_num_threads();

namespace mindird::engines::cpu {
namespace {

/// Runs a primitive that is worth several threads.
void run_large_reorder() {
  const dnnl::memory::dims dims{64, 1 << 14};
  const dnnl::memory::desc from({dims}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab);
  const dnnl::memory::desc to({dims}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ba);
  std::vector<float> x(64 << 14, 1);
  std::vector<float> y(64 << 14, 0);
  dnnl::memory x_memory(from, device(), x.data());
  dnnl::memory y_memory(to, device(), y.data());
  dnnl::stream stream(device());
  dnnl::reorder(x_memory, y_memory).execute(stream, x_memory, y_memory);
  stream.wait();
  EXPECT_EQ(y, x);
}

TEST(OpenMp, ALibraryThatAsksForARegionGetsTheTeam) {
  const ComputeScope scope(3);
  int sizes[3] = {0, 0, 0};
  GOMP_parallel([](void* data) { static_cast<int*>(data)[team_thread()] = omp_get_num_threads(); }, sizes, 0, 0);
  for (const int size : sizes) EXPECT_EQ(size, 3);
}

TEST(OpenMp, OneDnnRunsOnTheTeam) {
  const ComputeScope scope(5);
  const uint64_t before = count_team().parts;
  run_large_reorder();
  EXPECT_EQ(count_team().parts, before + 4);
}

}  // namespace
}  // namespace mindird::engines::cpu

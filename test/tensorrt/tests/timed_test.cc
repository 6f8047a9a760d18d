// Which runs of a model that serves have the events of the stage times in them: those whose requests ask, and a sample of the others.
#include <gtest/gtest.h>

#include <list>

#include "counters.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_requests.h"
#include "support.h"

namespace mindird::test {
namespace {

constexpr int64_t kEventsOfARun = 4;

/// How many of so many runs were timed.
int64_t timed_of(runtime::Model& model, uint64_t runs, bool asked) {
  std::list<std::vector<float>> images;
  const auto sink = std::make_shared<runtime::Collector>();
  forget_cuda();
  for (uint64_t t = 1; t <= runs; ++t) {
    auto request = runtime::image_request(images, sink, t, 1);
    request->timed = asked;
    EXPECT_TRUE(model.submit(std::move(request)).ok());
    EXPECT_TRUE(sink->wait(t).status.ok());
  }
  EXPECT_EQ(cuda_count("graph_launches"), static_cast<int64_t>(runs));
  return cuda_count("events") / kEventsOfARun;
}

TEST(TensorrtTimed, RunsAreThoseAskedForAndASampleOfTheOthers) {
  tensorrt_engine();
  reset_cuda();
  const auto model = runtime::Model::load(digits_options());
  ASSERT_TRUE(model.ok()) << model.status().message();
  // One run in sixteen of each of the two lanes, the first among them.
  const int64_t sampled = timed_of(**model, 32, false);
  EXPECT_GE(sampled, 2);
  EXPECT_LE(sampled, 4);
  EXPECT_EQ(timed_of(**model, 5, true), 5);
}

}  // namespace
}  // namespace mindird::test

// A model on the test device with slow kernels and a slow host: the next request is gathered, copied and enqueued while the device computes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <map>

#include "counters.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_requests.h"
#include "support.h"

namespace mindird::test {
namespace {

using test_cuda::Point;
using test_cuda::TraceRecord;

constexpr uint64_t kRequests = 24;

std::shared_ptr<runtime::Model> load(const std::string& engine) {
  auto model = runtime::Model::load(digits_options(engine));
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? *model : nullptr;
}

/// Sends requests 1 … kRequests at once and gives the logits of each.
std::map<uint64_t, std::vector<float>> answers(runtime::Model& model) {
  std::list<std::vector<float>> images;
  const auto sink = std::make_shared<runtime::Collector>();
  for (uint64_t t = 1; t <= kRequests; ++t) EXPECT_TRUE(model.submit(runtime::image_request(images, sink, t, 1)).ok());
  std::map<uint64_t, std::vector<float>> out;
  for (uint64_t t = 1; t <= kRequests; ++t) {
    const runtime::RequestOutcome outcome = sink->wait(t);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    if (!outcome.status.ok()) continue;
    const auto* values = reinterpret_cast<const float*>(outcome.buffers[0]->data());
    out[t] = {values, values + 10};
  }
  return out;
}

struct Spans {
  std::vector<std::pair<int64_t, int64_t>> enqueues;
  std::vector<std::pair<int64_t, int64_t>> kernels;
};

Spans spans_of(const std::vector<TraceRecord>& trace) {
  Spans out;
  std::map<uint64_t, int64_t> enqueueing;
  std::map<uint64_t, int64_t> computing;
  for (const TraceRecord& r : trace) {
    if (r.point == Point::kEnqueueBegin) enqueueing[r.stream] = r.ns;
    if (r.point == Point::kEnqueueEnd) out.enqueues.emplace_back(enqueueing[r.stream], r.ns);
    if (r.point == Point::kKernelBegin) computing[r.stream] = r.ns;
    if (r.point == Point::kKernelEnd) out.kernels.emplace_back(computing[r.stream], r.ns);
  }
  return out;
}

int64_t total(const std::vector<std::pair<int64_t, int64_t>>& spans) {
  int64_t sum = 0;
  for (const auto& [from, to] : spans) sum += to - from;
  return sum;
}

/// How much longer the same pieces of work would have taken one after the other. The device is exclusive: its kernels must not overlap.
double gain_of(const Spans& spans) {
  EXPECT_EQ(spans.kernels.size(), kRequests);
  EXPECT_EQ(spans.enqueues.size(), kRequests);
  auto kernels = spans.kernels;
  std::sort(kernels.begin(), kernels.end());
  for (size_t i = 1; i < kernels.size(); ++i) EXPECT_GE(kernels[i].first, kernels[i - 1].second);
  const double taken = static_cast<double>(kernels.back().second - spans.enqueues.front().first);
  const double apart = static_cast<double>(total(spans.enqueues) + total(spans.kernels));
  std::printf("one after the other %.0f ms, taken %.0f ms: %.2f times the throughput\n", apart / 1e6, taken / 1e6, apart / taken);
  return apart / taken;
}

TEST(TensorrtOverlap, HostAndDeviceWorkAtTheSameTime) {
  tensorrt_engine();
  reset_cuda();
  const auto want = answers(*load("reference"));
  const auto model = load("tensorrt");
  ASSERT_NE(model, nullptr);
  set_cuda("kernel_us=20000,enqueue_us=20000");
  // Host and device are equally slow, so that a thread which a busy machine wakes late costs throughput. Without overlap no attempt comes to 1.
  double gain = 0;
  for (int attempt = 0; attempt < 12 && gain < 1.5; ++attempt) {
    forget_cuda();
    const auto got = answers(*model);
    gain = std::max(gain, gain_of(spans_of(cuda_trace())));
    for (const auto& [ticket, logits] : want) {
      ASSERT_EQ(got.at(ticket).size(), logits.size());
      for (size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(got.at(ticket)[i], logits[i], 1e-4F * std::max(1.F, std::abs(logits[i]))) << ticket;
    }
    EXPECT_EQ(cuda_count("captures"), 0);
    EXPECT_EQ(cuda_count("graph_launches"), static_cast<int64_t>(kRequests));
  }
  reset_cuda();
  EXPECT_GE(gain, 1.2);
}

}  // namespace
}  // namespace mindird::test

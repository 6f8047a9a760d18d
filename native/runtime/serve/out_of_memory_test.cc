// Allocations fail at random while a model serves: the process goes on, and every request that was taken gets exactly one answer. The builder thread is
// spared: the library of JSON, which reports are made of, allocates when it destroys a value, and ends the process when it cannot.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <list>
#include <new>

#include "base/clock.h"
#include "base/guard.h"
#include "runtime/serve/host.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_gate.h"
#include "runtime/serve/testing_requests.h"

namespace {

/// One allocation of so many fails; 0: none.
std::atomic<uint32_t> one_of{0};
std::atomic<uint32_t> seed{1};
std::atomic<uint32_t> failed{0};
/// Threads of the test itself go on as usual.
thread_local bool spared = false;

bool fails_now() {
  const uint32_t n = one_of.load(std::memory_order_relaxed);
  if (n == 0 || spared) return false;
  uint32_t x = seed.fetch_add(0x9e3779b9U, std::memory_order_relaxed);
  x ^= x >> 16U;
  x *= 0x7feb352dU;
  x ^= x >> 15U;
  x *= 0x846ca68bU;
  x ^= x >> 16U;
  return x % n == 0;
}

}  // namespace

// All other forms of new but the aligned ones come down to these; the sanitizers have a nothrow form of their own, which must not meet this delete.
[[gnu::noinline]] void* operator new(size_t size) {
  void* memory = fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory != nullptr) return memory;
  ++failed;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  void* memory = fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) ++failed;
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace mindird::runtime {
namespace {

constexpr size_t kRequests = 300;

/// Counts answers and allocates nothing.
class Counter final : public CompletionSink {
 public:
  void complete(BatchResult&& result) override {
    for (const RequestOutcome& outcome : result.outcomes) ++counts_[outcome.ticket];
    total_ += result.outcomes.size();
  }
  int count(uint64_t ticket) const { return counts_[ticket]; }
  size_t total() const { return total_; }

 private:
  std::array<std::atomic<int>, kRequests + 1> counts_{};
  std::atomic<size_t> total_{0};
};

RequestPtr make_request(std::list<std::vector<float>>& images, const std::shared_ptr<CompletionSink>& sink, uint64_t ticket) {
  RequestPtr request = image_request(images, sink, ticket, 1 + static_cast<int64_t>(ticket % 7));
  if (ticket % 5 == 0) request->deadline_ns = now_ns() + static_cast<int64_t>(ticket % 3) * 1'000'000;
  request->priority = static_cast<int32_t>(ticket % 3);
  return request;
}

void serve_while_allocations_fail(LoadOptions options, uint32_t n) {
  SCOPED_TRACE(n);
  options.label = "model/1";
  options.engines = {"reference"};
  options.threads = 1;
  options.instances = 2;
  const auto loaded = Model::load(options);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  const std::shared_ptr<Model>& model = loaded.value();
  const auto counter = std::make_shared<Counter>();
  const std::shared_ptr<CompletionSink> sink = counter;
  std::list<std::vector<float>> images;
  std::vector<RequestPtr> requests;
  for (uint64_t t = 1; t <= kRequests; ++t) requests.push_back(make_request(images, sink, t));
  std::array<bool, kRequests + 1> taken{};
  size_t expected = 0;
  one_of = n;
  for (uint64_t t = 1; t <= kRequests; ++t) {
    spared = false;
    taken[t] = guarded([&] { return model->submit(std::move(requests[t - 1])); }).ok();
    if (t % 11 == 0) {
      (void)guarded([&]() -> Status {
        model->cancel(t - 1);
        return {};
      });
    }
    spared = true;
    expected += taken[t] ? 1U : 0U;
  }
  EXPECT_TRUE(eventually([&] { return counter->total() >= expected; })) << counter->total() << " of " << expected;
  one_of = 0;
  model->close();
  for (uint64_t t = 1; t <= kRequests; ++t) EXPECT_EQ(counter->count(t), taken[t] ? 1 : 0) << t;
  EXPECT_GT(expected, 0U);
}

class OutOfMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    spared = true;
    std::atomic<bool> done{false};
    Host::instance().build([&] {
      spared = true;
      done = true;
    });
    EXPECT_TRUE(eventually([&] { return done.load(); }));
  }
  void TearDown() override {
    one_of = 0;
    spared = false;
    EXPECT_GT(failed.exchange(0), 0U);
  }
};

TEST_F(OutOfMemory, EveryRequestOfABatchedModelIsAnsweredOnce) {
  LoadOptions options;
  options.path = std::string(MINDIRD_SOURCE_DIR) + "/servables/digits/1/model.mindir";
  options.max_batch = 4;
  for (const uint32_t n : {8, 40, 500}) serve_while_allocations_fail(options, n);
}

TEST_F(OutOfMemory, EveryRequestThatWaitsForAPlanIsAnsweredOnce) {
  LoadOptions options;
  options.path = any_shape_model();
  options.max_plans = 4;
  for (const uint32_t n : {40, 500}) serve_while_allocations_fail(options, n);
}

}  // namespace
}  // namespace mindird::runtime

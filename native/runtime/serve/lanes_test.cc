// Models with plans on a device: overlap, permits, failures. The device is a mutex that is held while a "kernel" sleeps.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "engines/registry.h"
#include "runtime/serve/host.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_gate.h"
#include "runtime/serve/testing_requests.h"

namespace mindird::runtime {
namespace {

using std::chrono::milliseconds;

struct Controls {
  std::atomic<int> host_ms{0};
  std::atomic<int> kernel_ms{0};
  std::atomic<int> fail_runs{0};     // so many runs fail
  std::atomic<bool> lost{false};     // contexts cannot be made either
  std::atomic<bool> refuses{false};  // Unary nodes
  std::atomic<bool> refuses_all{false};
  std::atomic<int> contexts{0};   // alive
  std::atomic<int> preparing{0};  // runs in their host part
  std::atomic<bool> computing{false};
  std::atomic<int> overlaps{0};  // times that a host part and a kernel of another run met
  std::mutex device;
  Gate gate;  // before the device
};
Controls controls;

class GpuContext final : public engines::Context {
 public:
  explicit GpuContext(const ir::Graph& graph) : graph_(graph) { ++controls.contexts; }
  ~GpuContext() override { --controls.contexts; }
  Status run(const engines::RunArgs& args) override {
    ++controls.preparing;
    if (controls.computing) ++controls.overlaps;
    std::this_thread::sleep_for(milliseconds(controls.host_ms));
    --controls.preparing;
    controls.gate.pass();
    const std::lock_guard lock(controls.device);
    controls.computing = true;
    if (controls.preparing > 0) ++controls.overlaps;
    std::this_thread::sleep_for(milliseconds(controls.kernel_ms));
    controls.computing = false;
    if (controls.lost || (controls.fail_runs > 0 && controls.fail_runs.fetch_sub(1) > 0)) return {Code::kEngineFailed, "the device failed"};
    TRY_ASSIGN(auto results, ir::evaluate(graph_, args.inputs));
    for (size_t i = 0; i < results.size(); ++i) std::memcpy(args.outputs[i].data, results[i].tensor.data, results[i].tensor.bytes());
    // As set, not as taken: a busy machine must not change what bounds the latency.
    times_ = {};
    times_.dispatch = std::chrono::nanoseconds(milliseconds(controls.host_ms)).count();
    times_.compute = std::chrono::nanoseconds(milliseconds(controls.kernel_ms)).count();
    return {};
  }
  engines::DeviceTimes device_times() const override { return times_; }

 private:
  const ir::Graph& graph_;
  engines::DeviceTimes times_;
};

class GpuExecutable final : public engines::Executable {
 public:
  explicit GpuExecutable(ir::Graph graph) : graph_(std::move(graph)) {}
  size_t workspace_bytes() const override { return 0; }
  Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override {
    if (controls.lost) return Status(Code::kEngineFailed, "the device is lost");
    return std::unique_ptr<engines::Context>(std::make_unique<GpuContext>(graph_));
  }
  Result<std::vector<std::byte>> serialize() const override { return unsupported("test engine"); }
  std::vector<std::string> steps() const override { return {}; }
  size_t constant_bytes() const override { return 0; }
  bool on_device() const override { return true; }
  size_t device_bytes() const override { return 1000; }
  size_t device_bytes_per_context() const override { return 10; }

 private:
  ir::Graph graph_;
};

class GpuEngine final : public engines::Engine {
 public:
  std::string_view id() const override { return "gpu"; }
  std::string fingerprint() const override { return "gpu"; }
  std::string version() const override { return "1"; }
  std::string device() const override { return "a mutex (no GPU)"; }
  engines::Verdict supports(const ir::Graph& g, ir::NodeId n) const override {
    const bool refused = controls.refuses_all || (controls.refuses && g.node(n).op->id() == "Unary");
    return refused ? engines::Verdict::refuse("refused by the test") : engines::Verdict::accept();
  }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph graph, const engines::BuildOptions&) const override {
    return std::unique_ptr<engines::Executable>(std::make_unique<GpuExecutable>(std::move(graph)));
  }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("test engine");
  }
};

const bool registered = engines::EngineRegistry::instance().add(std::make_unique<GpuEngine>());

class LanesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registered);
    controls.host_ms = 0;
    controls.kernel_ms = 0;
    controls.fail_runs = 0;
    controls.lost = false;
    controls.refuses = false;
    controls.refuses_all = false;
    options_.path = std::string(MINDIRD_SOURCE_DIR) + "/servables/digits/1/model.mindir";
    options_.label = "digits/1";
    options_.engines = {"gpu", "reference"};
    options_.threads = 1;
  }
  void TearDown() override {
    controls.gate.open();
    // The builder thread may be the last to let a model go.
    EXPECT_TRUE(eventually([] { return controls.contexts == 0; })) << controls.contexts;
  }

  std::shared_ptr<Model> load() {
    auto model = Model::load(options_);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.ok() ? std::move(model).value() : nullptr;
  }
  RequestPtr request(uint64_t ticket) { return image_request(images_, sink_, ticket, 1); }
  /// The logits of an image whose elements are `ticket`, from the naive engine.
  static std::vector<float> want(uint64_t ticket) {
    static std::shared_ptr<Model> reference;
    static std::map<uint64_t, std::vector<float>> known;
    if (const auto it = known.find(ticket); it != known.end()) return it->second;
    if (!reference) {
      LoadOptions options;
      options.path = std::string(MINDIRD_SOURCE_DIR) + "/servables/digits/1/model.mindir";
      options.label = "reference";
      options.engines = {"reference"};
      options.threads = 1;
      reference = *Model::load(options);
    }
    std::list<std::vector<float>> images;
    const auto sink = std::make_shared<Collector>();
    EXPECT_TRUE(reference->submit(image_request(images, sink, ticket, 1)).ok());
    return known[ticket] = floats(sink->wait(ticket));
  }
  static std::vector<float> floats(const RequestOutcome& outcome) {
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    if (!outcome.status.ok()) return {};
    const auto* values = reinterpret_cast<const float*>(outcome.buffers[0]->data());
    return {values, values + 10};
  }

  LoadOptions options_;
  std::shared_ptr<Collector> sink_ = std::make_shared<Collector>();
  std::list<std::vector<float>> images_;
};

TEST_F(LanesTest, TheHostPreparesTheNextRequestWhileTheDeviceComputes) {
  constexpr uint64_t kRequests = 20;
  for (uint64_t t = 1; t <= kRequests; ++t) want(t);
  const auto model = load();
  controls.host_ms = 10;
  controls.kernel_ms = 10;
  controls.overlaps = 0;
  for (uint64_t t = 1; t <= kRequests; ++t) ASSERT_TRUE(model->submit(request(t)).ok());
  for (uint64_t t = 1; t <= kRequests; ++t) EXPECT_EQ(floats(sink_->wait(t)), want(t)) << t;
  // One after the other they never meet, however slow the machine is; what it gains is measured on the stand-in of the driver.
  EXPECT_GT(controls.overlaps, 0);
  const auto report = nlohmann::json::parse(model->report());
  EXPECT_EQ(report["latency"]["requests"], kRequests);
  EXPECT_GE(report["latency"]["host_dispatch_us"], 10'000);
  EXPECT_EQ(report["devices"]["gpu"], "a mutex (no GPU)");
}

TEST_F(LanesTest, TheReportSaysWhatBoundsLatency) {
  const auto model = load();
  EXPECT_FALSE(nlohmann::json::parse(model->report()).contains("latency"));
  controls.host_ms = 20;
  ASSERT_TRUE(model->submit(request(1)).ok());
  sink_->wait(1);
  EXPECT_EQ(nlohmann::json::parse(model->report())["latency"]["bound_by"], "host dispatch");
  controls.host_ms = 0;
  controls.kernel_ms = 60;
  ASSERT_TRUE(model->submit(request(2)).ok());
  sink_->wait(2);
  EXPECT_EQ(nlohmann::json::parse(model->report())["latency"]["bound_by"], "device");
}

TEST_F(LanesTest, DeviceMemoryIsOfTheExecutableAndOfEveryLane) {
  options_.instances = 2;
  const auto model = load();
  EXPECT_EQ(controls.contexts, 4);
  // A lane counts its memory when it begins.
  EXPECT_TRUE(eventually([&] { return model->memory().device == 1000U + 4U * 10U; })) << model->memory().device;
}

TEST_F(LanesTest, WaitingForTheDeviceTakesNoPermits) {
  const auto model = load();
  Permits& permits = Host::instance().permits();
  permits.acquire(permits.total());
  ASSERT_TRUE(model->submit(request(3)).ok());
  const RequestOutcome outcome = sink_->wait(3);
  permits.release(permits.total());
  EXPECT_EQ(floats(outcome), want(3));
}

TEST_F(LanesTest, HostStepsBetweenDeviceStepsTakeThem) {
  controls.refuses = true;
  want(4);
  const auto model = load();
  EXPECT_GE(nlohmann::json::parse(model->report())["plans"][0]["partitions"].size(), 3U);
  Permits& permits = Host::instance().permits();
  permits.acquire(permits.total());
  ASSERT_TRUE(model->submit(request(4)).ok());
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(sink_->rows().empty());
  permits.release(permits.total());
  EXPECT_EQ(floats(sink_->wait(4)), want(4));
}

TEST_F(LanesTest, AFailedRunCostsItsRequestsAlone) {
  const auto model = load();
  controls.fail_runs = 1;
  ASSERT_TRUE(model->submit(request(5)).ok());
  const RequestOutcome failed = sink_->wait(5);
  EXPECT_EQ(failed.status.code(), Code::kEngineFailed);
  ASSERT_TRUE(model->submit(request(6)).ok());
  EXPECT_EQ(floats(sink_->wait(6)), want(6));
  EXPECT_EQ(model->failure(), "");
}

TEST_F(LanesTest, ALostDeviceIsToldUntilItWorks) {
  const auto model = load();
  controls.lost = true;
  for (uint64_t t = 7; t <= 9; ++t) {
    ASSERT_TRUE(model->submit(request(t)).ok());
    EXPECT_EQ(sink_->wait(t).status.code(), Code::kEngineFailed);
  }
  EXPECT_TRUE(eventually([&] { return !model->failure().empty(); }));
  EXPECT_EQ(model->failure(), "the device is lost");
  controls.lost = false;
  ASSERT_TRUE(model->submit(request(10)).ok());
  EXPECT_EQ(floats(sink_->wait(10)), want(10));
  EXPECT_TRUE(eventually([&] { return model->failure().empty(); }));
}

TEST_F(LanesTest, AnExactPlanOnTheDeviceBringsTheSecondLane) {
  options_.path = any_shape_model();
  const auto model = load();
  EXPECT_EQ(controls.contexts, 0);
  // The first lane waits with a request, the builder thread with the context of the second one.
  controls.gate.close();
  for (uint64_t t = 11; t <= 14; ++t) ASSERT_TRUE(model->submit(image_request(images_, sink_, t, 3)).ok());
  EXPECT_TRUE(eventually([] { return controls.gate.waiting() == 2; }));
  controls.gate.open();
  for (uint64_t t = 11; t <= 14; ++t) EXPECT_TRUE(sink_->wait(t).status.ok());
  EXPECT_EQ(controls.contexts, 2);
}

TEST_F(LanesTest, CloseWhileBothLanesAreBusyAnswersEverything) {
  const auto model = load();
  controls.gate.close();
  for (uint64_t t = 1; t <= 6; ++t) ASSERT_TRUE(model->submit(request(t)).ok());
  ASSERT_TRUE(eventually([] { return controls.gate.waiting() == 2; }));
  std::thread closing([&] { model->close(); });
  // What waits in the queue is answered before the lanes have ended.
  ASSERT_TRUE(eventually([&] { return !sink_->rows().empty(); }));
  controls.gate.open();
  closing.join();
  int done = 0;
  for (uint64_t t = 1; t <= 6; ++t) {
    const Status status = sink_->wait(t).status;
    done += status.ok() ? 1 : 0;
    EXPECT_TRUE(status.ok() || status.code() == Code::kNotReady) << status.message();
  }
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace mindird::runtime

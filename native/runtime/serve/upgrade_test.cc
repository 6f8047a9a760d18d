#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/event.h"
#include "engines/registry.h"
#include "runtime/serve/host.h"
#include "runtime/serve/model.h"
#include "runtime/serve/testing_gate.h"
#include "runtime/serve/testing_requests.h"

namespace mindird::runtime {
namespace {

/// What the two engines of these tests count and obey.
struct Controls {
  enum class Mode { kBuilds, kFails, kRefuses, kWarmUpFails, kStubborn, kQuickCannot };
  std::atomic<Mode> mode{Mode::kBuilds};
  std::atomic<bool> open{true};  // builds of the late engine wait for it
  std::atomic<int> waiting{0};   // such builds
  std::atomic<int> cancelled{0};
  std::atomic<int> late_contexts{0};  // made so far
  std::atomic<int> quick_alive{0};    // executables
};
Controls controls;

/// Adds a number to the first elements of every row: the result tells which engine it came from.
class AddContext final : public engines::Context {
 public:
  AddContext(float more, bool fails) : more_(more), fails_(fails) {}
  Status run(const engines::RunArgs& args) override {
    if (fails_) return internal_error("failed by the test");
    const auto in = args.inputs[0].as<float>();
    const auto out = args.outputs[0].as<float>();
    const size_t rows = static_cast<size_t>(args.outputs[0].shape()[0]);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t i = 0; i < out.size() / rows; ++i) out[r * (out.size() / rows) + i] = in[r * (in.size() / rows) + i] + more_;
    }
    return {};
  }

 private:
  float more_;
  bool fails_;
};

constexpr float kQuick = 0.25F;
constexpr float kLate = 0.75F;

class AddExecutable final : public engines::Executable {
 public:
  explicit AddExecutable(bool late) : late_(late) { controls.quick_alive += late_ ? 0 : 1; }
  ~AddExecutable() override { controls.quick_alive -= late_ ? 0 : 1; }
  size_t workspace_bytes() const override { return late_ ? 64 : 4096; }
  Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override {
    controls.late_contexts += late_ ? 1 : 0;
    const bool fails = late_ && controls.mode == Controls::Mode::kWarmUpFails;
    return std::unique_ptr<engines::Context>(std::make_unique<AddContext>(late_ ? kLate : kQuick, fails));
  }
  Result<std::vector<std::byte>> serialize() const override { return unsupported("test engine"); }
  std::vector<std::string> steps() const override { return {"add"}; }
  size_t constant_bytes() const override { return 0; }

 private:
  bool late_;
};

template <bool kIsLate>
class AddEngine final : public engines::Engine {
 public:
  std::string_view id() const override { return kIsLate ? "late" : "quick"; }
  std::string fingerprint() const override { return std::string(id()); }
  std::string version() const override { return "1"; }
  bool builds_slowly() const override { return kIsLate; }
  engines::Verdict supports(const ir::Graph&, ir::NodeId) const override {
    return kIsLate && controls.mode == Controls::Mode::kRefuses ? engines::Verdict::refuse("refused by the test") : engines::Verdict::accept();
  }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph, const engines::BuildOptions& options) const override {
    if (kIsLate) TRY(wait(options));
    if (!kIsLate && controls.mode == Controls::Mode::kQuickCannot) return unsupported("refused by the test");
    return std::unique_ptr<engines::Executable>(std::make_unique<AddExecutable>(kIsLate));
  }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("test engine");
  }

 private:
  static Status wait(const engines::BuildOptions& options) {
    if (options.progress) options.progress(0.5, "waiting");
    ++controls.waiting;
    while (!controls.open) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (options.cancelled && *options.cancelled && controls.mode != Controls::Mode::kStubborn) {
        ++controls.cancelled;
        return {Code::kCancelled, "cancelled"};
      }
    }
    return controls.mode == Controls::Mode::kFails ? internal_error("failed by the test") : Status();
  }
};

const bool registered = engines::EngineRegistry::instance().add(std::make_unique<AddEngine<false>>()) &&
                        engines::EngineRegistry::instance().add(std::make_unique<AddEngine<true>>());

class UpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registered);
    controls.mode = Controls::Mode::kBuilds;
    controls.open = false;
    controls.waiting = 0;
    controls.cancelled = 0;
    controls.late_contexts = 0;
    options_.path = std::string(MINDIRD_SOURCE_DIR) + "/servables/digits/1/model.mindir";
    options_.label = "digits/1";
    options_.engines = {"late", "quick"};
    options_.threads = 1;
    options_.background = true;
    drain_events();
  }
  void TearDown() override {
    controls.open = true;
    // The next test must not meet a build of this one.
    std::atomic<bool> empty{false};
    Host::instance().build_in_background([&] { empty = true; });
    EXPECT_TRUE(eventually([&] { return empty.load(); }));
  }

  std::shared_ptr<Model> load() {
    auto model = Model::load(options_);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.ok() ? std::move(model).value() : nullptr;
  }

  /// Sends one request and waits; what was added to its elements, NaN when it failed.
  float ask(Model& model, uint64_t ticket, int64_t rows = 1) {
    EXPECT_TRUE(model.submit(image_request(images_, sink_, ticket, rows)).ok());
    return added(sink_->wait(ticket), rows);
  }
  static float added(const RequestOutcome& outcome, int64_t rows) {
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    if (!outcome.status.ok() || outcome.shapes[0][0] != rows) return std::numeric_limits<float>::quiet_NaN();
    const auto* values = reinterpret_cast<const float*>(outcome.buffers[0]->data());
    for (size_t i = 1; i < outcome.buffers[0]->size() / sizeof(float); ++i) EXPECT_EQ(values[i], values[0]);
    return values[0] - static_cast<float>(outcome.ticket);
  }

  static nlohmann::json build_of(const Model& model) { return nlohmann::json::parse(model.report())["engine_build"]; }
  static bool in_state(const Model& model, const char* state) {
    return eventually([&] { return build_of(model)["state"] == state; });
  }
  static std::vector<Event> events(std::string_view name) {
    std::vector<Event> out = drain_events();
    std::erase_if(out, [&](const Event& e) { return e.name != name; });
    return out;
  }

  LoadOptions options_;
  std::shared_ptr<Collector> sink_ = std::make_shared<Collector>();
  std::list<std::vector<float>> images_;
};

TEST_F(UpgradeTest, WithoutItALoadWaitsForTheSlowEngine) {
  options_.background = false;
  std::thread opener([] {
    eventually([] { return controls.waiting > 0; });
    controls.open = true;
  });
  const auto model = load();
  opener.join();
  EXPECT_EQ(ask(*model, 1), kLate);
  EXPECT_EQ(build_of(*model)["mode"], "block");
  EXPECT_EQ(build_of(*model)["state"], "built");
}

TEST_F(UpgradeTest, WithoutItAModelWhoseSlowEngineDoesNotRunIsLeftToTheLastEngine) {
  options_.background = false;
  controls.open = true;
  controls.mode = Controls::Mode::kWarmUpFails;
  const auto model = load();
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(ask(*model, 1), kQuick);
  const std::string why = "digits/1: warm-up: step 0 (late): failed by the test";
  const auto report = nlohmann::json::parse(model->report());
  EXPECT_EQ(report["fallback"], (nlohmann::json{{"from", "late"}, {"why", why}}));
  EXPECT_EQ(report["plans"][0]["partitions"][0]["engine"], "quick");
  EXPECT_EQ(events("engine.fallback").size(), 1U);
  // Without another engine there is nothing to fall back to.
  options_.engines = {"late"};
  const auto alone = Model::load(options_);
  EXPECT_EQ(alone.status().message(), why);
}

TEST_F(UpgradeTest, ServesAtOnceAndChangesOverUnderLoadWithoutAFailure) {
  options_.max_batch = 4;
  options_.instances = 2;
  const auto model = load();
  EXPECT_EQ(ask(*model, 1), kQuick);
  EXPECT_EQ(build_of(*model)["state"], "building");
  constexpr uint64_t kClients = 3;
  std::atomic<bool> stop{false};
  std::array<std::atomic<int>, 2> seen{};
  std::vector<std::thread> clients;
  for (uint64_t c = 1; c <= kClients; ++c) {
    clients.emplace_back([&, c] {
      const auto sink = std::make_shared<Collector>();
      bool changed = false;
      for (uint64_t i = 0; !stop; ++i) {
        std::list<std::vector<float>> images;
        const uint64_t ticket = c * 1'000'000 + i;  // small enough for a float to keep what is added
        const int64_t rows = 1 + static_cast<int64_t>(i % 3);
        ASSERT_TRUE(model->submit(image_request(images, sink, ticket, rows)).ok());
        const float got = added(sink->wait(ticket), rows);
        ASSERT_TRUE(got == kQuick || got == kLate) << got;
        // A client that waits for its answers never sees the former plan again.
        EXPECT_FALSE(changed && got == kQuick);
        changed = got == kLate;
        ++seen[changed ? 1 : 0];
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return seen[0] > 50; }));
  controls.open = true;
  EXPECT_TRUE(in_state(*model, "swapped"));
  const int late = seen[1];
  EXPECT_TRUE(eventually([&] { return seen[1] > late + 50; }));
  stop = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(ask(*model, 2, 4), kLate);
  // Three buckets, two instances, all made before the first request came to them.
  EXPECT_EQ(controls.late_contexts, 6);
  EXPECT_TRUE(eventually([] { return controls.quick_alive == 0; }));
}

TEST_F(UpgradeTest, IdleInstancesLetGoOfTheFormerPlans) {
  options_.instances = 3;
  const auto model = load();
  const size_t before = model->memory().arenas;
  EXPECT_EQ(controls.quick_alive, 1);
  controls.open = true;
  EXPECT_TRUE(in_state(*model, "swapped"));
  EXPECT_TRUE(eventually([] { return controls.quick_alive == 0; }));
  EXPECT_TRUE(eventually([&] { return model->memory().arenas < before; }));
}

TEST_F(UpgradeTest, ExactShapesChangeOverOneByOne) {
  options_.path = any_shape_model();
  const auto model = load();
  EXPECT_EQ(build_of(*model)["state"], "waiting");
  EXPECT_EQ(ask(*model, 1, 5), kQuick);
  controls.open = true;
  EXPECT_TRUE(in_state(*model, "swapped"));
  EXPECT_EQ(ask(*model, 2, 5), kLate);
  EXPECT_EQ(controls.late_contexts, 1);
  controls.open = false;
  EXPECT_EQ(ask(*model, 4, 6), kQuick);
  controls.open = true;
  EXPECT_TRUE(eventually([&] { return controls.late_contexts == 2; }));
  EXPECT_TRUE(in_state(*model, "swapped"));
  EXPECT_EQ(ask(*model, 5, 6), kLate);
  EXPECT_EQ(controls.late_contexts, 2);
}

TEST_F(UpgradeTest, WhatFailsLeavesTheFirstPlansAndSaysSoOnce) {
  controls.open = true;
  const std::pair<Controls::Mode, const char*> cases[] = {{Controls::Mode::kFails, "nothing runs on late: failed by the test"},
                                                          {Controls::Mode::kRefuses, "refused by the test"},
                                                          {Controls::Mode::kWarmUpFails, "warm-up: step 0 (late): failed by the test"}};
  uint64_t ticket = 0;
  for (const auto& [mode, why] : cases) {
    controls.mode = mode;
    drain_events();
    const auto model = load();
    EXPECT_TRUE(in_state(*model, "failed")) << why;
    const std::string cause = build_of(*model)["cause"];
    EXPECT_NE(cause.find(why), std::string::npos) << cause;
    EXPECT_EQ(ask(*model, ++ticket), kQuick);
    std::vector<Event> warnings = drain_events();
    std::erase_if(warnings, [](const Event& e) { return e.level < Level::kWarn; });
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].name, "engine.build.background.failed");
  }
}

TEST_F(UpgradeTest, ClosingCancelsTheBuildAndDropsWhatIsBuiltAllTheSame) {
  auto model = load();
  EXPECT_TRUE(eventually([] { return controls.waiting == 1; }));
  model->close();
  EXPECT_TRUE(eventually([] { return controls.cancelled == 1; }));
  model.reset();
  EXPECT_TRUE(eventually([] { return controls.quick_alive == 0; }));

  controls.mode = Controls::Mode::kStubborn;
  model = load();
  EXPECT_TRUE(eventually([] { return controls.waiting == 2; }));
  const std::weak_ptr<Model> weak = model;
  // The build goes on until it is let, so that whoever waits for it never returns.
  model->close();
  model.reset();
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(controls.quick_alive, 0);
}

TEST_F(UpgradeTest, OtherLoadsAreNotHeldUp) {
  const auto first = load();
  EXPECT_TRUE(eventually([] { return controls.waiting == 1; }));
  const auto second = load();
  EXPECT_EQ(ask(*second, 1), kQuick);
  EXPECT_EQ(controls.waiting, 1);
  controls.open = true;
  EXPECT_TRUE(in_state(*first, "swapped"));
  EXPECT_TRUE(in_state(*second, "swapped"));
  EXPECT_EQ(ask(*second, 2), kLate);
}

TEST_F(UpgradeTest, WhatOnlyTheSlowEngineCanDoIsWaitedFor) {
  controls.mode = Controls::Mode::kQuickCannot;
  controls.open = true;
  const auto model = load();
  EXPECT_EQ(ask(*model, 1), kLate);
  EXPECT_EQ(build_of(*model)["mode"], "block");
}

TEST_F(UpgradeTest, WithoutASlowEngineThereIsNothingToDo) {
  options_.engines = {"quick"};
  const auto model = load();
  EXPECT_EQ(build_of(*model)["state"], "built");
  EXPECT_EQ(ask(*model, 1), kQuick);
}

TEST_F(UpgradeTest, ProgressNamesModelEngineAndSubgraph) {
  const auto model = load();
  EXPECT_TRUE(eventually([] { return controls.waiting == 1; }));
  controls.open = true;
  EXPECT_TRUE(in_state(*model, "swapped"));
  std::vector<Event> all = drain_events();
  const auto named = [&](std::string_view name) { return std::count_if(all.begin(), all.end(), [&](const Event& e) { return e.name == name; }); };
  EXPECT_EQ(named("engine.build.background.started"), 1);
  EXPECT_EQ(named("engine.build.background.finished"), 1);
  EXPECT_EQ(named("build.ended"), 2);
  EXPECT_EQ(named("engine.build"), 2);
  const auto late = std::find_if(all.begin(), all.end(), [](const Event& e) {
    return e.name == "build.progress" &&
           std::find(e.fields.begin(), e.fields.end(), std::pair<std::string, EventValue>("engine", std::string("late"))) != e.fields.end();
  });
  ASSERT_NE(late, all.end());
  const auto has = [&](const char* name, EventValue value) {
    return std::find(late->fields.begin(), late->fields.end(), std::pair<std::string, EventValue>(name, value)) != late->fields.end();
  };
  EXPECT_TRUE(has("model", std::string("digits/1")));
  EXPECT_TRUE(has("subgraph", 1.0));
  EXPECT_TRUE(has("subgraphs", 1.0));
  EXPECT_TRUE(has("background", true));
}

}  // namespace
}  // namespace mindird::runtime

#include "runtime/serve/model.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <list>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/clock.h"
#include "base/strings.h"
#include "engines/processors.h"
#include "engines/registry.h"
#include "runtime/serve/host.h"
#include "runtime/serve/testing_gate.h"
#include "runtime/serve/testing_requests.h"

namespace mindird::runtime {
namespace {

/// Adds one to every element of its one input once its gate is open; rows are independent whatever the graph says.
class SlowEngine final : public engines::Engine {
 public:
  static inline Gate gate;
  static inline std::atomic<bool> fails{false};
  /// Rows that begin with 0 or less are data it refuses.
  static inline std::atomic<bool> takes_no_zeros{false};
  static inline std::atomic<int> runs{0};
  /// How long a run takes at least.
  static inline std::atomic<int> milliseconds{0};

  std::string_view id() const override { return "slow"; }
  std::string fingerprint() const override { return "slow"; }
  std::string version() const override { return "1"; }
  engines::Verdict supports(const ir::Graph&, ir::NodeId) const override { return engines::Verdict::accept(); }
  Result<std::unique_ptr<engines::Executable>> build(ir::Graph, const engines::BuildOptions&) const override {
    return std::unique_ptr<engines::Executable>(std::make_unique<SlowExecutable>());
  }
  Result<std::unique_ptr<engines::Executable>> load(ir::Graph, std::span<const std::byte>, const engines::BuildOptions&) const override {
    return unsupported("test engine");
  }

 private:
  class SlowContext final : public engines::Context {
   public:
    Status run(const engines::RunArgs& args) override {
      gate.pass();
      if (fails) return internal_error("failed by the test");
      ++runs;
      if (milliseconds > 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      const auto in = args.inputs[0].as<float>();
      const auto out = args.outputs[0].as<float>();
      // The first elements of a row stand for its result: logits[r][i] = image[r][i] + 1.
      const size_t rows = static_cast<size_t>(args.outputs[0].shape()[0]);
      for (size_t r = 0; takes_no_zeros && r < rows; ++r) {
        const float value = in[r * (in.size() / rows)];
        if (value <= 0) return invalid_argument(str("value ", value, " in row ", r, ", want one above 0"));
      }
      for (size_t r = 0; r < rows; ++r) {
        for (size_t i = 0; i < out.size() / rows; ++i) out[r * (out.size() / rows) + i] = in[r * (in.size() / rows) + i] + 1;
      }
      return {};
    }
  };
  class SlowExecutable final : public engines::Executable {
   public:
    size_t workspace_bytes() const override { return 0; }
    Result<std::unique_ptr<engines::Context>> context(std::span<std::byte>) const override {
      return std::unique_ptr<engines::Context>(std::make_unique<SlowContext>());
    }
    Result<std::vector<std::byte>> serialize() const override { return unsupported("test engine"); }
    std::vector<std::string> steps() const override { return {"slow"}; }
    size_t constant_bytes() const override { return 0; }
  };
};

const bool registered = engines::EngineRegistry::instance().add(std::make_unique<SlowEngine>());

class ModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SlowEngine::gate.open();
    SlowEngine::fails = false;
    SlowEngine::takes_no_zeros = false;
    SlowEngine::milliseconds = 0;
    options_.path = std::string(MINDIRD_SOURCE_DIR) + "/servables/digits/1/model.mindir";
    options_.label = "digits/1";
    options_.engines = {"slow"};
    options_.threads = 1;
  }

  std::shared_ptr<Model> load() {
    auto model = Model::load(options_);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.ok() ? std::move(model).value() : nullptr;
  }

  /// Once the one instance is at the closed gate.
  static bool busy() {
    return eventually([] { return SlowEngine::gate.waiting() == 1; });
  }

  RequestPtr request(uint64_t ticket, int64_t rows = 1) { return image_request(images_, sink_, ticket, rows); }

  static void expect_result(const RequestOutcome& outcome, int64_t rows = 1) {
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    ASSERT_EQ(outcome.shapes[0], (Shape{rows, 10}));
    const auto* values = reinterpret_cast<const float*>(outcome.buffers[0]->data());
    for (int64_t i = 0; i < rows * 10; ++i) ASSERT_EQ(values[i], static_cast<float>(outcome.ticket) + 1);
  }

  LoadOptions options_;
  std::shared_ptr<Collector> sink_ = std::make_shared<Collector>();
  std::list<std::vector<float>> images_;
};

TEST_F(ModelTest, AnswersOneRequest) {
  const auto model = load();
  EXPECT_TRUE(model->signature().batched) << model->signature().why_not_batched;
  ASSERT_TRUE(model->submit(request(5)).ok());
  expect_result(sink_->wait(5));
}

TEST_F(ModelTest, WritesIntoTheDestinationGiven) {
  const auto model = load();
  std::vector<float> out(10);
  auto r = request(5);
  r->outputs[0] = {OutputTarget::Kind::kWrite, std::as_writable_bytes(std::span(out))};
  ASSERT_TRUE(model->submit(std::move(r)).ok());
  const RequestOutcome outcome = sink_->wait(5);
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_FALSE(outcome.buffers[0].has_value());
  EXPECT_EQ(out, std::vector<float>(10, 6));
}

TEST_F(ModelTest, CombinesWaitingRequestsAndGivesEachItsOwnRows) {
  options_.max_batch = 8;
  const auto model = load();
  SlowEngine::gate.close();
  for (uint64_t t = 1; t <= 9; ++t) ASSERT_TRUE(model->submit(request(t, t % 3 == 0 ? 2 : 1)).ok());
  SlowEngine::gate.open();
  for (uint64_t t = 1; t <= 9; ++t) expect_result(sink_->wait(t), t % 3 == 0 ? 2 : 1);
  const auto rows = sink_->rows();
  EXPECT_LT(rows.size(), 9U);
  for (int64_t r : rows) EXPECT_LE(r, 8);
}

/// Plans of the model's report.
size_t plans_of_report(const Model& model) { return nlohmann::json::parse(model.report())["plans"].size(); }

TEST_F(ModelTest, MoreRowsThanTheLargestBucketRunInPieces) {
  options_.max_batch = 4;
  const auto model = load();
  uint64_t ticket = 0;
  for (const int64_t rows : {5, 6, 7, 5, 9, 41}) {
    // Rows that differ, so that one in the place of another would show.
    std::vector<float> image;
    for (int64_t r = 0; r < rows; ++r) image.insert(image.end(), 32 * 32, static_cast<float>(100 * r));
    images_.push_back(std::move(image));
    auto r = request(++ticket, rows);
    r->inputs = {std::as_bytes(std::span(*std::prev(images_.end(), 2)))};
    std::vector<float> out(static_cast<size_t>(rows) * 10);
    const bool placed = rows % 2 == 0;
    if (placed) r->outputs[0] = {OutputTarget::Kind::kWrite, std::as_writable_bytes(std::span(out))};
    ASSERT_TRUE(model->submit(std::move(r)).ok());
    const RequestOutcome outcome = sink_->wait(ticket);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    ASSERT_EQ(outcome.shapes[0], (Shape{rows, 10}));
    if (!placed) std::memcpy(out.data(), outcome.buffers[0]->data(), out.size() * sizeof(float));
    for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], static_cast<float>(100 * (i / 10)) + 1) << rows << " rows, element " << i;
    EXPECT_EQ(sink_->rows().back(), rows);
  }
  // Those of one, two and four rows, whatever was asked for.
  EXPECT_EQ(plans_of_report(*model), 3U);
}

TEST_F(ModelTest, WhatIsWrongWithAPieceFailsTheWholeRequestAndNamesThePiece) {
  options_.max_batch = 4;
  const auto model = load();
  SlowEngine::takes_no_zeros = true;
  auto r = request(3, 11);
  images_.back()[9 * 32 * 32] = -1;
  ASSERT_TRUE(model->submit(std::move(r)).ok());
  const RequestOutcome outcome = sink_->wait(3);
  EXPECT_EQ(outcome.status.code(), Code::kInvalidArgument);
  EXPECT_NE(outcome.status.message().find("rows from 8: "), std::string::npos) << outcome.status.message();
  EXPECT_NE(outcome.status.message().find("in row 1,"), std::string::npos) << outcome.status.message();
  EXPECT_TRUE(outcome.shapes.empty());
}

TEST_F(ModelTest, ADeadlineEndsARequestBetweenItsPieces) {
  const auto model = load();
  SlowEngine::gate.close();
  auto r = request(1, 5);
  r->deadline_ns = now_ns() + 100'000'000;
  const int64_t deadline = r->deadline_ns;
  ASSERT_TRUE(model->submit(std::move(r)).ok());
  ASSERT_TRUE(busy());
  ASSERT_TRUE(eventually([&] { return now_ns() > deadline; }));
  const int before = SlowEngine::runs;
  SlowEngine::gate.open();
  const RequestOutcome outcome = sink_->wait(1);
  EXPECT_EQ(outcome.status.code(), Code::kDeadlineExceeded);
  EXPECT_NE(outcome.status.message().find("1 of 5 rows"), std::string::npos) << outcome.status.message();
  EXPECT_EQ(SlowEngine::runs - before, 1);
}

TEST_F(ModelTest, CloseDoesNotWaitForAllPieces) {
  const auto model = load();
  SlowEngine::gate.close();
  ASSERT_TRUE(model->submit(request(1, 1000)).ok());
  ASSERT_TRUE(busy());
  const int before = SlowEngine::runs;
  std::thread closing([&] { model->close(); });
  ASSERT_TRUE(eventually([&] { return model->submit(request(2)).code() == Code::kNotReady; }));
  SlowEngine::gate.open();
  closing.join();
  EXPECT_EQ(sink_->wait(1).status.code(), Code::kNotReady);
  EXPECT_EQ(SlowEngine::runs - before, 1);
}

TEST_F(ModelTest, MoreRowsThanOneRequestMayHaveAreRefused) {
  options_.max_batch = 2;
  options_.limits.memory = 256 * 1024;
  const auto model = load();
  const Status rows = model->submit(request(1, 2 * 4096));
  EXPECT_EQ(rows.code(), Code::kTooLarge);
  EXPECT_NE(rows.message().find("batching.max_batch"), std::string::npos) << rows.message();
  // Forty bytes a row.
  const Status bytes = model->submit(request(2, 6554));
  EXPECT_EQ(bytes.code(), Code::kTooLarge);
  EXPECT_NE(bytes.message().find("model.max_memory"), std::string::npos) << bytes.message();
  ASSERT_TRUE(model->submit(request(3, 6553)).ok());
  expect_result(sink_->wait(3), 6553);
}

/// Holds the builder thread.
class HeldBuilder {
 public:
  HeldBuilder() {
    gate_->close();
    Host::instance().build([gate = gate_] { gate->pass(); });
    EXPECT_TRUE(eventually([this] { return gate_->waiting() == 1; }));
  }
  ~HeldBuilder() { gate_->open(); }
  HeldBuilder(const HeldBuilder&) = delete;
  HeldBuilder& operator=(const HeldBuilder&) = delete;

 private:
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

TEST_F(ModelTest, LoadsGoAheadOfPlansThatRequestsAskFor) {
  options_.path = any_shape_model();
  options_.engines = {"reference"};
  const auto model = load();
  std::atomic<bool> loaded_first{false};
  {
    const HeldBuilder held;
    ASSERT_TRUE(model->submit(request(1)).ok());
    Host::instance().build([&] { loaded_first = plans_of_report(*model) == 0; });
  }
  EXPECT_TRUE(sink_->wait(1).status.ok());
  EXPECT_TRUE(loaded_first);
}

TEST_F(ModelTest, NoMoreShapesWaitForTheirPlansThanPlansAreKept) {
  options_.path = any_shape_model();
  options_.engines = {"reference"};
  options_.max_plans = 3;
  const auto model = load();
  {
    const HeldBuilder held;
    for (uint64_t t = 1; t <= 3; ++t) ASSERT_TRUE(model->submit(request(t, static_cast<int64_t>(t))).ok());
    const Status refused = model->submit(request(4, 4));
    EXPECT_EQ(refused.code(), Code::kOverloaded);
    EXPECT_NE(refused.message().find("model.max_plans"), std::string::npos) << refused.message();
    // The shapes that are waited for already cost nothing more.
    ASSERT_TRUE(model->submit(request(5, 2)).ok());
    EXPECT_EQ(model->queue_depth(), 4U);
    // Nor does it make room to have asked in vain.
    EXPECT_TRUE(model->cancel(3));
    EXPECT_EQ(model->submit(request(4, 4)).code(), Code::kOverloaded);
    ASSERT_TRUE(model->submit(request(7, 3)).ok());
  }
  for (const uint64_t t : {1, 2, 5, 7}) EXPECT_TRUE(sink_->wait(t).status.ok()) << t;
  ASSERT_TRUE(model->submit(request(6, 4)).ok());
  EXPECT_TRUE(sink_->wait(6).status.ok());
}

TEST_F(ModelTest, NoRowsGetAnEmptyAnswer) {
  options_.max_batch = 4;
  const auto model = load();
  const int before = SlowEngine::runs;
  for (const bool placed : {false, true}) {
    auto none = request(placed ? 2 : 1, 0);
    if (placed) none->outputs[0] = {OutputTarget::Kind::kWrite, {}};
    ASSERT_TRUE(model->submit(std::move(none)).ok());
    const RequestOutcome outcome = sink_->wait(placed ? 2 : 1);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_EQ(outcome.shapes, std::vector{(Shape{0, 10})});
    EXPECT_EQ(outcome.buffers[0].has_value(), !placed);
  }
  EXPECT_EQ(SlowEngine::runs, before);
  model->close();
  EXPECT_EQ(model->submit(request(3, 0)).code(), Code::kNotReady);
}

TEST_F(ModelTest, ManyThreadsManyInstancesEveryRequestOnce) {
  options_.max_batch = 4;
  options_.instances = 3;
  const auto model = load();
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kEach = 50;
  std::vector<std::vector<RequestPtr>> work(kThreads);
  for (uint64_t t = 0; t < kThreads; ++t) {
    for (uint64_t i = 0; i < kEach; ++i) work[t].push_back(request(1 + t * kEach + i, 1 + static_cast<int64_t>(i % 3)));
  }
  std::vector<std::thread> threads;
  for (auto& own : work) {
    threads.emplace_back([&model, &own] {
      for (RequestPtr& r : own) EXPECT_TRUE(model->submit(std::move(r)).ok());
    });
  }
  for (auto& thread : threads) thread.join();
  for (uint64_t t = 1; t <= kThreads * kEach; ++t) expect_result(sink_->wait(t), 1 + static_cast<int64_t>((t - 1) % kEach % 3));
}

TEST_F(ModelTest, ADeadlineExpiresWhileTheInstanceIsBusy) {
  const auto model = load();
  SlowEngine::gate.close();
  ASSERT_TRUE(model->submit(request(1)).ok());
  ASSERT_TRUE(busy());
  auto late = request(2);
  late->deadline_ns = now_ns() + 30'000'000;
  ASSERT_TRUE(model->submit(std::move(late)).ok());
  EXPECT_EQ(sink_->wait(2).status.code(), Code::kDeadlineExceeded);
  SlowEngine::gate.open();
  expect_result(sink_->wait(1));
}

TEST_F(ModelTest, ADeadlineBelowTheQueueDelayIsKeptByAnIdleModel) {
  options_.max_batch = 8;
  options_.max_queue_delay_us = 60'000'000;
  const auto model = load();
  auto r = request(1);
  r->deadline_ns = now_ns() + 1'000'000'000;
  ASSERT_TRUE(model->submit(std::move(r)).ok());
  expect_result(sink_->wait(1));
}

TEST_F(ModelTest, WhatExpiresWhileWaitingForPermitsIsNotComputed) {
  const auto model = load();
  Permits& permits = Host::instance().permits();
  permits.acquire(permits.total());
  auto late = request(1);
  late->deadline_ns = now_ns() + 20'000'000;
  ASSERT_TRUE(model->submit(std::move(late)).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  permits.release(permits.total());
  EXPECT_EQ(sink_->wait(1).status.code(), Code::kDeadlineExceeded);
  EXPECT_EQ(sink_->rows().front(), 0);
}

TEST_F(ModelTest, NothingIsComputedWhileKernelsAreMeasured) {
  const auto model = load();
  engines::ProcessorHold held = engines::hold_processors(Host::instance().permits().total());
  ASSERT_NE(held, nullptr);
  auto late = request(1);
  late->deadline_ns = now_ns() + 20'000'000;
  ASSERT_TRUE(model->submit(std::move(late)).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  held.reset();
  EXPECT_EQ(sink_->wait(1).status.code(), Code::kDeadlineExceeded);
}

TEST_F(ModelTest, CancelReachesOnlyWhatWaits) {
  const auto model = load();
  SlowEngine::gate.close();
  ASSERT_TRUE(model->submit(request(1)).ok());
  ASSERT_TRUE(busy());
  ASSERT_TRUE(model->submit(request(2)).ok());
  EXPECT_TRUE(model->cancel(2));
  EXPECT_FALSE(model->cancel(2));
  EXPECT_FALSE(model->cancel(1));
  EXPECT_EQ(sink_->wait(2).status.code(), Code::kCancelled);
  SlowEngine::gate.open();
  expect_result(sink_->wait(1));
}

TEST_F(ModelTest, AFullQueueRefuses) {
  options_.max_queue = 2;
  const auto model = load();
  SlowEngine::gate.close();
  ASSERT_TRUE(model->submit(request(1)).ok());
  ASSERT_TRUE(busy());
  ASSERT_TRUE(model->submit(request(2)).ok());
  ASSERT_TRUE(model->submit(request(3)).ok());
  const Status refused = model->submit(request(4));
  EXPECT_EQ(refused.code(), Code::kOverloaded);
  EXPECT_NE(refused.message().find("max_queue"), std::string::npos);
  SlowEngine::gate.open();
  for (uint64_t t = 1; t <= 3; ++t) expect_result(sink_->wait(t));
}

TEST_F(ModelTest, CloseAnswersEverythingAndIsIdempotent) {
  const auto model = load();
  SlowEngine::gate.close();
  for (uint64_t t = 1; t <= 5; ++t) ASSERT_TRUE(model->submit(request(t)).ok());
  ASSERT_TRUE(busy());
  std::thread closing([&] { model->close(); });
  for (uint64_t t = 2; t <= 5; ++t) EXPECT_EQ(sink_->wait(t).status.code(), Code::kNotReady);
  SlowEngine::gate.open();
  closing.join();
  expect_result(sink_->wait(1));
  model->close();
  EXPECT_EQ(model->submit(request(6)).code(), Code::kNotReady);
}

TEST_F(ModelTest, AFailureOfTheEngineReachesEveryRequestOfTheBatch) {
  options_.max_batch = 4;
  const auto model = load();
  SlowEngine::fails = true;
  for (uint64_t t = 1; t <= 4; ++t) ASSERT_TRUE(model->submit(request(t)).ok());
  for (uint64_t t = 1; t <= 4; ++t) EXPECT_EQ(sink_->wait(t).status.code(), Code::kInternal);
  SlowEngine::fails = false;
  ASSERT_TRUE(model->submit(request(5)).ok());
  expect_result(sink_->wait(5));
}

TEST_F(ModelTest, BadDataFailsItsOwnRequestAloneAndNamesItsOwnRow) {
  options_.max_batch = 8;
  const auto model = load();
  SlowEngine::takes_no_zeros = true;
  SlowEngine::gate.close();
  ASSERT_TRUE(model->submit(request(100)).ok());
  ASSERT_TRUE(busy());
  for (uint64_t t = 1; t <= 8; ++t) ASSERT_TRUE(model->submit(request(t == 6 ? 0 : t)).ok());
  const int before = SlowEngine::runs;
  SlowEngine::gate.open();
  for (uint64_t t = 1; t <= 8; ++t) {
    if (t != 6) expect_result(sink_->wait(t));
  }
  const RequestOutcome bad = sink_->wait(0);
  EXPECT_EQ(bad.status.code(), Code::kInvalidArgument);
  EXPECT_NE(bad.status.message().find("in row 0,"), std::string::npos) << bad.status.message();
  expect_result(sink_->wait(100));
  // The first request, all eight together, each of the eight.
  EXPECT_EQ(SlowEngine::runs - before, 10);
}

TEST_F(ModelTest, TheRestOfABucketIsDataThatTheModelTakes) {
  options_.max_batch = 4;
  options_.buckets = {4};
  const auto model = load();
  SlowEngine::takes_no_zeros = true;
  ASSERT_TRUE(model->submit(request(7, 3)).ok());
  expect_result(sink_->wait(7), 3);
}

TEST_F(ModelTest, AnAnswerForWhichThereIsNoMemoryIsGivenWhenThereIs) {
  const auto model = load();
  sink_->fail(3);
  ASSERT_TRUE(model->submit(request(1)).ok());
  expect_result(sink_->wait(1));
  EXPECT_EQ(sink_->failures_left(), 0);
}

TEST_F(ModelTest, WrongShapesAndSizesAreRefusedByName) {
  const auto model = load();
  auto wrong = request(1);
  wrong->shapes = {Shape{1, 3, 32, 32}};
  const Status shape = model->submit(std::move(wrong));
  EXPECT_EQ(shape.code(), Code::kInvalidArgument);
  EXPECT_NE(shape.message().find("image"), std::string::npos);
  auto small = request(2);
  small->inputs[0] = small->inputs[0].first(100);
  EXPECT_EQ(model->submit(std::move(small)).code(), Code::kInvalidArgument);
}

TEST_F(ModelTest, ALongRunIsWarmAfterOne) {
  SlowEngine::runs = 0;
  SlowEngine::milliseconds = 60;
  const auto model = load();
  EXPECT_EQ(SlowEngine::runs, 1);
}

TEST_F(ModelTest, ALoadThatFailsSaysWhere) {
  options_.path += ".missing";
  const auto missing = Model::load(options_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), Code::kNotFound);
  EXPECT_EQ(missing.status().message().find("digits/1: "), 0U);
  SetUp();
  options_.engines = {"warp"};
  const auto engine = Model::load(options_);
  ASSERT_FALSE(engine.ok());
  EXPECT_NE(engine.status().message().find("warp"), std::string::npos);
  SetUp();
  SlowEngine::fails = true;
  const auto warm = Model::load(options_);
  ASSERT_FALSE(warm.ok());
  EXPECT_NE(warm.status().message().find("warm-up"), std::string::npos);
}

TEST_F(ModelTest, TheReferenceEngineServesTheTrainedModel) {
  options_.engines = {"reference"};
  options_.max_batch = 4;
  const auto model = load();
  auto one = request(1);
  auto same = request(2, 3);
  ASSERT_TRUE(model->submit(std::move(one)).ok());
  const RequestOutcome outcome = sink_->wait(1);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  // Rows of a batch are computed as a single row is, byte for byte.
  std::fill(images_.back().begin(), images_.back().end(), 1.F);
  ASSERT_TRUE(model->submit(std::move(same)).ok());
  const RequestOutcome three = sink_->wait(2);
  ASSERT_TRUE(three.status.ok());
  for (int row = 0; row < 3; ++row) EXPECT_EQ(std::memcmp(three.buffers[0]->data() + row * 40, outcome.buffers[0]->data(), 40), 0) << row;
}

}  // namespace
}  // namespace mindird::runtime

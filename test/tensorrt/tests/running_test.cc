// Running engines on the test device: captured graphs, copies, stage times, and failures of the driver.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>

#include "base/clock.h"
#include "counters.h"
#include "engines/page_locked.h"
#include "engines/registry.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/cast.h"
#include "plan/compile.h"
#include "support.h"

namespace mindird::test {
namespace {

using ir::Graph;
using ir::ValueId;

const TensorType kType{DType::kF32, {2, 3}};
const std::vector<float> kInput = {1, -2, 3, -4, 5, -6};

ValueId add(Graph& g, ValueId a, ValueId b) { return *g.add(std::make_shared<ops::Binary>(), {a, b}, "add"); }
ValueId cast(Graph& g, ValueId a, DType to) {
  auto op = std::make_shared<ops::Cast>();
  op->to = to;
  return *g.add(op, {a}, "cast");
}

/// y = x + x
Graph doubling() {
  Graph g;
  const ValueId x = g.add_input("x", kType);
  g.set_outputs({add(g, x, x)});
  return g;
}

/// A plan with TensorRT first, an arena for it and a context in the arena.
class Running {
 public:
  explicit Running(Graph graph, bool page_locked = true) {
    plan::CompileOptions options;
    options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
    options.build.optimize = false;
    nlohmann::json report;
    auto plan = plan::compile(std::move(graph), options, report);
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    allocate(*plan, page_locked);
  }
  explicit Running(std::shared_ptr<const plan::ExecutionPlan> plan) { allocate(std::move(plan), true); }

  void allocate(std::shared_ptr<const plan::ExecutionPlan> plan, bool page_locked) {
    plan_ = std::move(plan);
    if (page_locked) {
      locked_ = engines::allocate_page_locked(plan_->arena_bytes());
      EXPECT_NE(locked_, nullptr);
      arena_ = {locked_.get(), plan_->arena_bytes()};
    } else {
      ordinary_ = Buffer::allocate(plan_->arena_bytes()).value();
      arena_ = ordinary_.span();
    }
    workspace_ = Buffer::allocate(plan_->workspace_bytes()).value();
  }

  Status open() {
    TRY_ASSIGN(context_, plan_->context(arena_, workspace_.span()));
    return {};
  }
  /// Runs on kInput times `factor` in memory poisoned beforehand.
  Status run(float factor = 1) {
    std::fill(arena_.begin(), arena_.end(), std::byte{0xff});
    for (Tensor& input : context_->inputs()) std::ranges::copy(kInput, input.as<float>().begin());
    for (float& v : context_->inputs()[0].as<float>()) v *= factor;
    return context_->run();
  }
  std::vector<float> output(size_t i = 0) const {
    const auto values = context_->outputs()[i].as<float>();
    return {values.begin(), values.end()};
  }
  const plan::ExecutionPlan& plan() const { return *plan_; }
  plan::PlanContext& context() { return *context_; }

 private:
  std::shared_ptr<const plan::ExecutionPlan> plan_;
  engines::PageLockedMemory locked_;
  Buffer ordinary_;
  Buffer workspace_;
  std::span<std::byte> arena_;
  std::unique_ptr<plan::PlanContext> context_;
};

std::vector<float> times(float factor) {
  std::vector<float> out;
  for (const float v : kInput) out.push_back(factor * v);
  return out;
}

class TensorrtRunning : public testing::Test {
 protected:
  void SetUp() override {
    tensorrt_engine();
    reset_cuda();
    forget_cuda();
  }
  void TearDown() override { reset_cuda(); }
};

TEST_F(TensorrtRunning, IsOneLaunchPerRunOnceItWasCaptured) {
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(2 * static_cast<float>(i)));
  }
  EXPECT_EQ(cuda_count("captures"), 1);
  EXPECT_EQ(cuda_count("graph_launches"), 4);
  EXPECT_EQ(cuda_count("kernels"), 5);
  EXPECT_EQ(cuda_count("copies_to_device"), 5);
  EXPECT_EQ(cuda_count("copies_to_host"), 5);
}

TEST_F(TensorrtRunning, IsNotHeldUpByABuildAndIsCapturedAfterIt) {
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  std::future<Status> run;
  engines::BuildOptions options;
  options.progress = [&](double, std::string_view) {
    if (run.valid()) return;
    run = std::async(std::launch::async, [&] { return model.run(); });
    // A run that waits for the build, which waits here, ends only after it.
    EXPECT_EQ(run.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    EXPECT_EQ(cuda_count("captures"), 0);
  };
  ASSERT_TRUE(tensorrt_engine().build(doubling(), options).ok());
  ASSERT_TRUE(run.valid());
  const Status status = run.get();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(model.output(), times(2));
  for (const int captures : {1, 1}) {
    ASSERT_TRUE(model.run().ok());
    EXPECT_EQ(cuda_count("captures"), captures);
  }
  EXPECT_EQ(cuda_count("graph_launches"), 1);
}

TEST_F(TensorrtRunning, ACapturedRunCallsTheDriverThreeTimes) {
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(model.run().ok());
  for (int i = 0; i < 2; ++i) {
    forget_cuda();
    ASSERT_TRUE(model.run().ok());
    EXPECT_EQ(cuda_count("calls"), 3);  // the context of this thread, the launch, the end
    EXPECT_EQ(cuda_count("events"), 0);
    EXPECT_GT(model.context().device_times().dispatch, 0);
    EXPECT_EQ(model.context().device_times().compute, 0);
    EXPECT_EQ(cuda_count("calls"), 3);
  }
}

TEST_F(TensorrtRunning, RunsThatAreTimedHaveAGraphOfTheirOwn) {
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(model.run().ok());
  EXPECT_EQ(cuda_count("captures"), 1);
  model.context().time_runs(true);
  ASSERT_TRUE(model.run().ok());  // the first goes call by call
  EXPECT_EQ(cuda_count("captures"), 2);
  for (int i = 1; i <= 2; ++i) {
    forget_cuda();
    model.context().time_runs(true);
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(2 * static_cast<float>(i)));
    EXPECT_EQ(cuda_count("calls"), 3);
    EXPECT_EQ(cuda_count("events"), 4);
    EXPECT_GT(model.context().device_times().compute, 0);
    EXPECT_EQ(cuda_count("calls"), 6);  // the times of the three stages
    EXPECT_GT(model.context().device_times().compute, 0);
    EXPECT_EQ(cuda_count("calls"), 6);
    model.context().time_runs(false);
    ASSERT_TRUE(model.run().ok());
    EXPECT_EQ(cuda_count("graph_launches"), 2);
    EXPECT_EQ(cuda_count("events"), 4);
  }
}

TEST_F(TensorrtRunning, WhatCannotBeCapturedIsEnqueuedEachTime) {
  set_cuda("capture=0");
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(2 * static_cast<float>(i)));
  }
  EXPECT_EQ(cuda_count("graph_launches"), 0);
  EXPECT_EQ(cuda_count("kernels"), 3);
}

TEST_F(TensorrtRunning, ACaptureThatWasInvalidatedIsTriedAgain) {
  set_cuda("fail_capture=1");
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  for (int i = 1; i <= 4; ++i) {
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(2 * static_cast<float>(i)));
  }
  EXPECT_EQ(cuda_count("captures"), 1);  // that came to an end
  EXPECT_EQ(cuda_count("graph_launches"), 2);
  EXPECT_EQ(cuda_count("kernels"), 5);  // four runs, and one that makes the context forget the capture
}

TEST_F(TensorrtRunning, CopiesFromThePageLockedArenaWithoutStaging) {
  const int64_t before = cuda_count("page_locked_bytes");
  Running model(doubling());
  const int64_t arena = cuda_count("page_locked_bytes") - before;
  ASSERT_TRUE(model.open().ok());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(model.run().ok());
  EXPECT_EQ(model.output(), times(2));
  EXPECT_EQ(cuda_count("page_locked_bytes") - before, arena);

  Running staged(doubling(), false);
  ASSERT_TRUE(staged.open().ok());
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(staged.run(static_cast<float>(i)).ok());
    EXPECT_EQ(staged.output(), times(2 * static_cast<float>(i)));
  }
  EXPECT_GT(cuda_count("page_locked_bytes") - before, arena);
  EXPECT_EQ(cuda_count("graph_launches"), 3);
}

TEST_F(TensorrtRunning, MemoryThatChangesIsStagedFromThenOn) {
  const auto engine = tensorrt_engine().build(doubling(), {});
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  const auto context = (*engine)->context({});
  ASSERT_TRUE(context.ok());
  for (int i = 1; i <= 6; ++i) {
    // Other memory each time, page-locked and not.
    const auto locked = engines::allocate_page_locked(48);
    std::vector<float> ordinary(12);
    auto* const memory = i % 2 == 1 ? locked.get() : reinterpret_cast<std::byte*>(ordinary.data());
    std::vector<float> input = times(static_cast<float>(i));
    std::memcpy(memory, input.data(), 24);
    std::vector<Tensor> inputs = {{kType, memory}};
    std::vector<Tensor> outputs = {{kType, memory + 24}};
    ASSERT_TRUE((*context)->run({inputs, outputs, {}}).ok());
    const auto got = outputs[0].as<float>();
    EXPECT_EQ(std::vector<float>(got.begin(), got.end()), times(2 * static_cast<float>(i))) << i;
  }
  EXPECT_EQ(cuda_count("captures"), 2);
  EXPECT_EQ(cuda_count("graph_launches"), 4);
}

TEST_F(TensorrtRunning, SubgraphsPassDeviceMemory) {
  // tensorrt: a = x + x, b = a + x │ reference: r = f32(f64(a)) │ tensorrt: (r + a) + b. b never leaves the device, a
  // is copied to the host once.
  Graph g;
  const ValueId x = g.add_input("x", kType);
  const ValueId a = add(g, x, x);
  const ValueId b = add(g, a, x);
  const ValueId r = cast(g, cast(g, a, DType::kF64), DType::kF32);
  g.set_outputs({add(g, add(g, r, a), b)});
  Running model(std::move(g));
  ASSERT_EQ(model.plan().steps().size(), 3U);
  EXPECT_EQ(model.plan().steps()[1].engine, "reference");
  ASSERT_TRUE(model.open().ok());
  for (int i = 1; i <= 3; ++i) {
    forget_cuda();
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(7 * static_cast<float>(i)));
    EXPECT_EQ(cuda_count("copies_to_device"), 2);  // x, r
    EXPECT_EQ(cuda_count("copies_to_host"), 2);    // a, the result
    EXPECT_EQ(cuda_count("waits"), 2);             // before the host reads a, and at the end
  }
  EXPECT_EQ(cuda_count("graph_launches"), 2);
}

/// A step of a plan made by hand.
plan::PlanStep step_of(const engines::Engine& engine, const Graph& graph, std::vector<size_t> inputs, std::vector<size_t> outputs) {
  auto built = engine.build(graph.clone(), {});
  EXPECT_TRUE(built.ok()) << built.status().message();
  return {std::move(*built), std::string(engine.id()), std::move(inputs), std::move(outputs), 1};
}

std::vector<plan::PlanSlot> slots_of_kind(size_t count) {
  plan::PlanSlot slot;
  slot.type = kType;
  return std::vector<plan::PlanSlot>(count, slot);
}

TEST_F(TensorrtRunning, StepsOnTheHostThatReadNothingOfTheDeviceDoNotWaitForIt) {
  // x, z, a, r, y │ tensorrt: a = x + x │ reference: r = z + z │ tensorrt: y = a + r
  Graph sum;
  const ValueId left = sum.add_input("l", kType);
  sum.set_outputs({add(sum, left, sum.add_input("r", kType))});
  const engines::Engine& host = *engines::EngineRegistry::instance().find("reference");
  std::vector<plan::PlanStep> steps;
  steps.push_back(step_of(tensorrt_engine(), doubling(), {0}, {2}));
  steps.push_back(step_of(host, doubling(), {1}, {3}));
  steps.push_back(step_of(tensorrt_engine(), sum, {2, 3}, {4}));
  Running model(std::make_shared<const plan::ExecutionPlan>(slots_of_kind(5), std::move(steps), std::vector<size_t>{0, 1}, std::vector<size_t>{4}));
  // The device may still be reading x when r is written.
  EXPECT_NE(model.plan().slots()[0].offset, model.plan().slots()[3].offset);
  ASSERT_TRUE(model.open().ok());
  for (int i = 1; i <= 3; ++i) {
    forget_cuda();
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(2 * static_cast<float>(i) + 2));
    EXPECT_EQ(cuda_count("waits"), 1);
    EXPECT_EQ(cuda_count("copies_to_host"), 1);
  }
}

/// y = 8 x in three subgraphs, one after the other on the device.
std::shared_ptr<const plan::ExecutionPlan> three_doublings() {
  std::vector<plan::PlanStep> steps;
  for (size_t i = 0; i < 3; ++i) steps.push_back(step_of(tensorrt_engine(), doubling(), {i}, {i + 1}));
  return std::make_shared<const plan::ExecutionPlan>(slots_of_kind(4), std::move(steps), std::vector<size_t>{0}, std::vector<size_t>{3});
}

TEST_F(TensorrtRunning, SubgraphsBehindOneAnotherAreWaitedForOnce) {
  Running model(three_doublings());
  ASSERT_TRUE(model.open().ok());
  for (int i = 1; i <= 3; ++i) {
    forget_cuda();
    ASSERT_TRUE(model.run(static_cast<float>(i)).ok());
    EXPECT_EQ(model.output(), times(8 * static_cast<float>(i)));
    EXPECT_EQ(cuda_count("waits"), 1);
    EXPECT_EQ(cuda_count("copies_to_device"), 1);
    EXPECT_EQ(cuda_count("copies_to_host"), 1);
  }
  EXPECT_EQ(cuda_count("graph_launches"), 3);
  EXPECT_EQ(cuda_count("calls"), 7);  // the thread's context and a launch each, and the end
}

TEST_F(TensorrtRunning, ARefusedLaunchAmongSeveralFailsOneRunAlone) {
  Running model(three_doublings());
  ASSERT_TRUE(model.open().ok());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(model.run().ok());
  for (const char* setting : {"fail_launch=1", "fail_launch=2", "fail_launch=3"}) {
    set_cuda(setting);
    forget_cuda();
    const Status failed = model.run();
    EXPECT_EQ(failed.code(), Code::kEngineFailed) << setting;
    EXPECT_NE(failed.message().find(std::string("step ") + static_cast<char>(setting[12] - 1) + " (tensorrt): "), std::string::npos) << failed.message();
    EXPECT_GE(cuda_count("waits"), 1);  // what was started before it has come to its end
    ASSERT_TRUE(model.run(3).ok()) << setting;
    EXPECT_EQ(model.output(), times(24));
  }
}

TEST_F(TensorrtRunning, TellsWhereTheTimeWent) {
  set_cuda("kernel_us=5000,enqueue_us=1000");
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  model.context().time_runs(true);
  for (int i = 0; i < 2; ++i) {
    const int64_t begin = now_ns();
    ASSERT_TRUE(model.run().ok());
    const int64_t all = now_ns() - begin;
    const engines::DeviceTimes t = model.context().device_times();
    EXPECT_GE(t.compute, 5'000'000);
    EXPECT_GE(t.dispatch, 1'000'000);
    EXPECT_GE(t.to_device, 0);
    EXPECT_GE(t.to_host, 0);
    EXPECT_LE(t.to_device + t.compute + t.to_host, all);
  }
}

TEST_F(TensorrtRunning, ARefusedLaunchFailsOneRunAlone) {
  Running model(doubling());
  ASSERT_TRUE(model.open().ok());
  for (const int run : {1, 2, 3}) {
    set_cuda("fail_launch=1");
    const Status failed = model.run();
    EXPECT_EQ(failed.code(), Code::kEngineFailed) << run;
    EXPECT_NE(failed.message().find("step 0 (tensorrt): "), std::string::npos) << failed.message();
    ASSERT_TRUE(model.run(static_cast<float>(run)).ok()) << run;
    EXPECT_EQ(model.output(), times(2 * static_cast<float>(run)));
  }
}

TEST_F(TensorrtRunning, ADeviceWithoutMemoryFailsTheContextAndNothingIsLeft) {
  Running model(doubling());
  const size_t before = device_memory_used();
  for (const char* setting : {"fail_alloc=1", "fail_alloc=2"}) {
    set_cuda(setting);
    const Status failed = model.open();
    EXPECT_FALSE(failed.ok()) << setting;
    EXPECT_NE(failed.message().find(setting[11] == '1' ? "CUDA_ERROR_OUT_OF_MEMORY" : "OutOfMemory"), std::string::npos) << failed.message();
    EXPECT_EQ(device_memory_used(), before) << setting;
  }
  ASSERT_TRUE(model.open().ok());
  ASSERT_TRUE(model.run().ok());
  EXPECT_EQ(model.output(), times(2));
}

TEST_F(TensorrtRunning, ALostDeviceIsToldByEveryRunAndEndsNothing) {
  Running model(doubling());
  Running other(doubling());
  ASSERT_TRUE(model.open().ok());
  ASSERT_TRUE(model.run().ok());
  set_cuda("fail_kernel=1");
  for (int i = 0; i < 2; ++i) {
    const Status lost = model.run();
    EXPECT_EQ(lost.code(), Code::kEngineFailed);
    EXPECT_NE(lost.message().find("CUDA_ERROR_LAUNCH_FAILED (719); the process has lost the device"), std::string::npos) << lost.message();
  }
  EXPECT_FALSE(other.open().ok());
}

TEST_F(TensorrtRunning, ReportsItsDeviceMemory) {
  const size_t before = device_memory_used();
  Running model(doubling());
  EXPECT_GT(model.plan().device_bytes(), 0U);
  ASSERT_TRUE(model.open().ok());
  EXPECT_EQ(device_memory_used() - before, model.plan().device_bytes_per_context());
}

}  // namespace
}  // namespace mindird::test

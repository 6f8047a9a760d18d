// What engines are serialised to is let go of once it has been stored, and made anew when it is asked for all the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "engines/keeps_serialized.h"
#include "engines/registry.h"
#include "plan/symbolic_batch.h"
#include "runtime/serve/model.h"
#include "support.h"

namespace mindird::test {
namespace {

ir::Graph doubling(int64_t rows) {
  const std::string n = std::to_string(rows);
  auto graph = ir::parse("graph doubling(x: f32[" + n + ",3]) -> (y) {\n  y = Binary(x, x) {kind=add} : f32[" + n + ",3]  # Default/add\n}\n");
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return std::move(graph).value();
}

void release(const engines::Executable& executable) {
  const auto* keeper = dynamic_cast<const engines::KeepsSerialized*>(&executable);
  ASSERT_NE(keeper, nullptr);
  keeper->release_serialized();
}

/// Whether the engine came from bytes that a deserialised engine was serialised to: the stand-in says so among what it was built with.
bool is_second_hand(const engines::Executable& executable) {
  const std::vector<std::string> lines = executable.steps();
  return std::ranges::find(lines, "built with serialize") != lines.end();
}

TEST(TensorrtSerialized, IsLetGoOfAndMadeAnew) {
  const auto first = tensorrt_engine().build(doubling(2), {});
  ASSERT_TRUE(first.ok()) << first.status().message();
  auto bytes = (*first)->serialize();
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ((*first)->constant_bytes(), (*bytes).size());
  const std::string line = (*first)->steps().front();
  const size_t device = (*first)->device_bytes();
  for (int i = 0; i < 2; ++i) {
    release(**first);
    EXPECT_EQ((*first)->constant_bytes(), 0U);
    EXPECT_EQ((*first)->steps().front(), line);
    EXPECT_EQ((*first)->device_bytes(), device);
  }
  auto again = (*first)->serialize();
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_NE(*again, *bytes) << "the stand-in gives the same bytes, as the library need not";
  EXPECT_EQ((*first)->constant_bytes(), 0U);
  const auto second = tensorrt_engine().load(doubling(2), *again, {});
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_TRUE(is_second_hand(**second));
  auto damaged = *again;
  damaged[damaged.size() / 2] ^= std::byte{1};
  EXPECT_FALSE(tensorrt_engine().load(doubling(2), damaged, {}).ok());
}

TEST(TensorrtSerialized, BatchSizesShareOneEngineThoughItsPlanWasLetGoOf) {
  plan::CompileOptions options;
  options.engines = {&tensorrt_engine(), engines::EngineRegistry::instance().find("reference")};
  options.symbolic = plan::make_symbolic_batch([](int64_t rows) -> Result<ir::Graph> { return doubling(rows); }, {1, 2, 4}, options);
  std::vector<std::shared_ptr<const plan::ExecutionPlan>> plans;
  for (const int64_t rows : {4, 2, 1}) {
    options.rows = rows;
    nlohmann::json report;
    auto plan = plan::compile(doubling(rows), options, report);
    ASSERT_TRUE(plan.ok()) << plan.status().message();
    EXPECT_EQ(report["partitions"][0]["profiles"]["used"], rows);
    (*plan)->release_serialized();
    EXPECT_EQ((*plan)->constant_bytes(), 0U);
    EXPECT_FALSE(is_second_hand(*(*plan)->steps()[0].executable)) << rows;
    plans.push_back(std::move(*plan));
  }
}

TEST(TensorrtSerialized, AModelThatServesHoldsNoPlan) {
  tensorrt_engine();
  reset_cuda();
  const auto model = runtime::Model::load(digits_options());
  ASSERT_TRUE(model.ok()) << model.status().message();
  const runtime::MemoryUse use = (*model)->memory();
  std::printf("constants %zu, device %zu\n", use.constants, use.device);
  EXPECT_EQ(use.constants, 0U);
  EXPECT_GT(use.device, 100'000U);
}

}  // namespace
}  // namespace mindird::test

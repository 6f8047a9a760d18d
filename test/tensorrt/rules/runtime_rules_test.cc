// Rules of engines and execution contexts.
#include <cstdlib>
#include <memory>
#include <string>

#include "bench.h"

namespace mindird::test {
namespace {

/// The engine of y = x + x with x of two floats.
std::string engine_bytes() {
  std::string out;
  const std::string error = build_error(
      [](Sketch& s) {
        trt::ITensor& x = s.input({2});
        s.output(s.network.addElementWise(x, x, trt::ElementWiseOperation::kSUM));
      },
      [&](trt::IHostMemory& engine) { out.assign(static_cast<const char*>(engine.data()), engine.size()); });
  EXPECT_EQ(error, "");
  return out;
}

struct Loaded {
  std::unique_ptr<trt::ICudaEngine> engine;
  std::unique_ptr<trt::IExecutionContext> context;
};

Loaded loaded() {
  const std::string bytes = engine_bytes();
  Loaded out;
  out.engine.reset(rules_runtime().deserializeCudaEngine(bytes.data(), bytes.size()));
  if (out.engine) out.context.reset(out.engine->createExecutionContext(trt::ExecutionContextAllocationStrategy::kSTATIC));
  return out;
}

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

TEST(RuntimeRules, EnginesOfOtherVersionsAndDamagedOnesAreNotLoaded) {
  const std::string bytes = engine_bytes();
  const auto loads = [](const std::string& engine) {
    return std::unique_ptr<trt::ICudaEngine>(rules_runtime().deserializeCudaEngine(engine.data(), engine.size())) != nullptr;
  };
  EXPECT_TRUE(loads(bytes));
  EXPECT_FALSE(loads(bytes.substr(0, bytes.size() / 2)));
  EXPECT_FALSE(loads("nonsense"));
  EXPECT_FALSE(loads(""));
  ::setenv("MINDIRD_TEST_NVINFER", "version=110400", 1);
  EXPECT_FALSE(loads(bytes));
  ::unsetenv("MINDIRD_TEST_NVINFER");
}

TEST(RuntimeRules, AddressesAreAlignedAndNamesAreKnown) {
  const Loaded it = loaded();
  ASSERT_TRUE(it.context);
  const std::unique_ptr<char, Free> memory(static_cast<char*>(std::aligned_alloc(256, 512)));
  EXPECT_TRUE(it.context->setTensorAddress("x0", memory.get()));
  EXPECT_FALSE(it.context->setTensorAddress("x0", memory.get() + 4));
  EXPECT_FALSE(it.context->setTensorAddress("unknown", memory.get()));
}

TEST(RuntimeRules, NothingRunsBeforeEveryAddressIsSet) {
  const Loaded it = loaded();
  ASSERT_TRUE(it.context);
  const std::unique_ptr<char, Free> memory(static_cast<char*>(std::aligned_alloc(256, 512)));
  EXPECT_TRUE(it.context->setTensorAddress("x0", memory.get()));
  EXPECT_FALSE(it.context->enqueueV3(nullptr));
}

}  // namespace
}  // namespace mindird::test

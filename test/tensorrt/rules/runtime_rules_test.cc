// Rules of engines and execution contexts.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
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

/// Enqueues the context on a stream of its own and waits.
bool run(trt::IExecutionContext& context) {
  const auto driver = [](const char* name) { return dlsym(RTLD_DEFAULT, name); };
  const auto create = reinterpret_cast<int32_t (*)(cudaStream_t*, uint32_t)>(driver("cuStreamCreate"));
  const auto wait = reinterpret_cast<int32_t (*)(cudaStream_t)>(driver("cuStreamSynchronize"));
  const auto destroy = reinterpret_cast<int32_t (*)(cudaStream_t)>(driver("cuStreamDestroy_v2"));
  cudaStream_t stream = nullptr;
  if (!create || !wait || !destroy || create(&stream, 0) != 0) return false;
  const bool ran = context.enqueueV3(stream) && wait(stream) == 0;
  return destroy(stream) == 0 && ran;
}

/// What gathering from data of the one shape by indices of the other, all zero, stores over `size` bytes of ones.
std::vector<unsigned char> gathered(std::initializer_list<int64_t> data, std::initializer_list<int64_t> indices, trt::GatherMode mode, size_t size) {
  std::string bytes;
  const std::string error = build_error([&](Sketch& s) { s.output(s.network.addGatherV2(s.input(data), s.input(indices, trt::DataType::kINT32), mode)); },
                                        [&](trt::IHostMemory& engine) { bytes.assign(static_cast<const char*>(engine.data()), engine.size()); });
  EXPECT_EQ(error, "");
  const std::unique_ptr<trt::ICudaEngine> engine(rules_runtime().deserializeCudaEngine(bytes.data(), bytes.size()));
  const std::unique_ptr<trt::IExecutionContext> context(engine ? engine->createExecutionContext(trt::ExecutionContextAllocationStrategy::kSTATIC) : nullptr);
  if (!context) return {};
  const std::unique_ptr<unsigned char, Free> memory(static_cast<unsigned char*>(std::aligned_alloc(256, 768)));
  std::memset(memory.get(), 0, 512);
  std::memset(memory.get() + 512, 1, 256);
  EXPECT_TRUE(context->setTensorAddress("x0", memory.get()));
  EXPECT_TRUE(context->setTensorAddress("x1", memory.get() + 256));
  EXPECT_TRUE(context->setTensorAddress("y", memory.get() + 512));
  EXPECT_TRUE(run(*context));
  return {memory.get() + 512, memory.get() + 512 + size};
}

TEST(RuntimeRules, GatheringNothingAndFromNothing) {
  using Mode = trt::GatherMode;
  const std::vector<unsigned char> untouched(4, 1);
  const std::vector<unsigned char> zeros(8, 0);
  EXPECT_EQ(gathered({3}, {0}, Mode::kDEFAULT, 4), untouched);
  EXPECT_EQ(gathered({3}, {0}, Mode::kELEMENT, 4), untouched);
  EXPECT_EQ(gathered({3}, {0, 1}, Mode::kND, 4), untouched);
  EXPECT_EQ(gathered({3, 0}, {2}, Mode::kDEFAULT, 4), untouched);
  EXPECT_EQ(gathered({0}, {2}, Mode::kDEFAULT, 8), zeros);
  EXPECT_EQ(gathered({0}, {2, 1}, Mode::kND, 8), zeros);
}

}  // namespace
}  // namespace mindird::test

#include "bench.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <utility>

namespace mindird::test {
namespace {

class FirstError final : public trt::ILogger {
 public:
  void log(Severity severity, trt::AsciiChar const* message) noexcept override {
    if (severity <= Severity::kERROR && error_.empty()) error_ = message;
  }
  std::string take() { return std::exchange(error_, {}); }

 private:
  std::string error_;
};

FirstError& logger() {
  static FirstError log;
  return log;
}

/// Initialises the driver and makes its device this thread's.
bool enter(void* driver) {
  const auto initialise = reinterpret_cast<int32_t (*)(uint32_t)>(dlsym(driver, "cuInit"));
  const auto retain = reinterpret_cast<int32_t (*)(void**, int32_t)>(dlsym(driver, "cuDevicePrimaryCtxRetain"));
  const auto make_current = reinterpret_cast<int32_t (*)(void*)>(dlsym(driver, "cuCtxSetCurrent"));
  void* context = nullptr;
  return initialise && retain && make_current && initialise(0) == 0 && retain(&context, 0) == 0 && make_current(context) == 0;
}

void* entry(const char* name) {
  static void* const library = [] {
    // Opened first, so that the library finds this driver; it makes nothing before the driver is initialised.
    void* const driver = dlopen(MINDIRD_FAKE_GPU "/libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (!driver || !enter(driver)) std::abort();
    return dlopen(MINDIRD_FAKE_GPU "/libnvinfer.so.11", RTLD_NOW | RTLD_LOCAL);
  }();
  void* const found = library ? dlsym(library, name) : nullptr;
  if (!found) {
    std::fprintf(stderr, "%s: not in the test libnvinfer\n", name);
    std::abort();
  }
  return found;
}

}  // namespace

trt::ITensor& Sketch::input(std::initializer_list<int64_t> values, trt::DataType type) {
  return *network.addInput(("x" + std::to_string(inputs++)).c_str(), type, dims(values));
}

trt::Weights Sketch::weights(int64_t count, trt::DataType type) {
  static std::deque<std::vector<char>> kept;
  return {type, kept.emplace_back(static_cast<size_t>(count) * 8, char{0}).data(), count};
}

trt::ITensor& Sketch::constant(std::initializer_list<int64_t> values, trt::DataType type) {
  int64_t count = 1;
  for (int64_t v : values) count *= v;
  return *network.addConstant(dims(values), weights(count, type))->getOutput(0);
}

void Sketch::output(trt::ILayer* layer) {
  if (!layer) return;
  layer->getOutput(0)->setName("y");
  network.markOutput(*layer->getOutput(0));
}

trt::Dims dims(std::initializer_list<int64_t> values) {
  trt::Dims out{};
  for (int64_t v : values) out.d[out.nbDims++] = v;
  return out;
}

std::string build_error(const std::function<void(Sketch&)>& draw, const std::function<void(trt::IHostMemory&)>& use) {
  const auto create = reinterpret_cast<void* (*)(void*, int32_t)>(entry("createInferBuilder_INTERNAL"));
  logger().take();
  const std::unique_ptr<trt::IBuilder> builder(static_cast<trt::IBuilder*>(create(&logger(), NV_TENSORRT_VERSION)));
  if (!builder) return "no builder: " + logger().take();
  const std::unique_ptr<trt::INetworkDefinition> network(builder->createNetworkV2(0));
  const std::unique_ptr<trt::IBuilderConfig> config(builder->createBuilderConfig());
  Sketch sketch{*network};
  draw(sketch);
  const std::unique_ptr<trt::IHostMemory> engine(builder->buildSerializedNetwork(*network, *config));
  const std::string error = logger().take();
  if (!engine) return error.empty() ? "no engine and no error" : error;
  if (!error.empty()) return "an engine in spite of: " + error;
  if (use) use(*engine);
  return {};
}

void check_rules(std::initializer_list<Rule> rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.name);
    EXPECT_EQ(build_error([&](Sketch& s) { rule.draw(s, false); }), "");
    const std::string error = build_error([&](Sketch& s) { rule.draw(s, true); });
    EXPECT_NE(error, "");
    EXPECT_NE(error.find(rule.error), std::string::npos) << "logged: " << error;
  }
}

trt::ILogger& rules_logger() { return logger(); }

trt::IRuntime& rules_runtime() {
  static trt::IRuntime* const runtime = [] {
    const auto create = reinterpret_cast<void* (*)(void*, int32_t)>(entry("createInferRuntime_INTERNAL"));
    return static_cast<trt::IRuntime*>(create(&logger(), NV_TENSORRT_VERSION));
  }();
  return *runtime;
}

}  // namespace mindird::test

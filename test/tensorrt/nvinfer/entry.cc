// The functions a libnvinfer exports. Like the real one this library wants the CUDA driver before anything is made with it.
#include "entry.h"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>

#include "base/strings.h"

namespace mindird::test_nvinfer {

std::string setting(const std::string& name) {
  const char* text = std::getenv("MINDIRD_TEST_NVINFER");
  std::istringstream entries(text ? text : "");
  for (std::string entry; std::getline(entries, entry, ',');) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return {};
}

int32_t version() {
  const std::string given = setting("version");
  return given.empty() ? 110100 : static_cast<int32_t>(std::strtol(given.c_str(), nullptr, 10));
}

std::string make_plan(const Plan& plan) {
  ir::PrintOptions options;
  options.constant_values = true;
  std::string out = str("test-nvinfer-plan ", version(), ' ', plan.layers.size(), ' ', plan.outputs.size(), '\n');
  for (const auto* names : {&plan.layers, &plan.outputs}) {
    for (const std::string& name : *names) out += str(name, '\n');
  }
  return out + ir::print(plan.graph, options);
}

Result<Plan> parse_plan(std::string_view bytes) {
  std::istringstream in{std::string(bytes)};
  std::string magic;
  int32_t made_with = 0;
  size_t layers = 0;
  size_t outputs = 0;
  in >> magic >> made_with >> layers >> outputs;
  if (!in || magic != "test-nvinfer-plan") return invalid_argument("not a plan");
  if (made_with != version()) return invalid_argument(str("plan of version ", made_with, ", this is ", version()));
  in.get();
  Plan plan;
  std::string line;
  for (size_t i = 0; i < layers && std::getline(in, line); ++i) plan.layers.push_back(line);
  for (size_t i = 0; i < outputs && std::getline(in, line); ++i) plan.outputs.push_back(line);
  if (!in || plan.outputs.size() != outputs) return invalid_argument("plan is truncated");
  TRY_ASSIGN(plan.graph, ir::parse(bytes.substr(static_cast<size_t>(in.tellg()))));
  if (plan.graph.outputs().size() != outputs) return invalid_argument("plan names other outputs than it has");
  return plan;
}

namespace {

/// What the real library logs when the library with the builder's kernels is not beside it.
std::string no_builder_text() {
  return str("createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource.so.", version() / 10000, '.', version() / 100 % 100, '.',
             version() % 100, ")");
}

bool has_driver() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return false;
  const auto count = reinterpret_cast<int32_t (*)(int32_t*)>(dlsym(driver, "cuDeviceGetCount"));
  int32_t devices = 0;
  return count && count(&devices) == 0 && devices > 0;
}

}  // namespace
}  // namespace mindird::test_nvinfer

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int32_t getInferLibVersion() noexcept { return mindird::test_nvinfer::version(); }

EXPORT void* createInferBuilder_INTERNAL(void* logger, int32_t) noexcept {
  if (!mindird::test_nvinfer::has_driver()) return nullptr;
  auto& log = *static_cast<nvinfer1::ILogger*>(logger);
  if (mindird::test_nvinfer::setting("build") == "no_builder") {
    log.log(nvinfer1::ILogger::Severity::kERROR, mindird::test_nvinfer::no_builder_text().c_str());
    return nullptr;
  }
  return mindird::test_nvinfer::make_builder(log);
}

/// Without a driver the real library returns a small number that is no pointer.
EXPORT void* createInferRuntime_INTERNAL(void* logger, int32_t) noexcept {
  if (!mindird::test_nvinfer::has_driver()) return reinterpret_cast<void*>(0x228);
  return mindird::test_nvinfer::make_runtime(*static_cast<nvinfer1::ILogger*>(logger));
}

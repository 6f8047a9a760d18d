// What NVIDIA's libnvinfer does on a machine without a GPU, as JSON on one line of output:
//
//   nvinfer_probe registry LIBNVINFER PLUGINS     version, plugin creators before and after the plugin library, log
//   lines of registering them nvinfer_probe builder LIBNVINFER              the two factories, called with the engine's
//   own logger nvinfer_probe module LIBNVINFER MODULE        our module opened on the library, with a driver whose
//   calls succeed and do nothing
//
// Every mode is a process of its own: a library that ends the process is then seen as that, and not as a broken test.
#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engines/tensorrt/logger.h"

namespace {

namespace trt = nvinfer1;
using namespace mindird::engines::tensorrt;
using Json = nlohmann::ordered_json;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "nvinfer_probe: %s\n", why.c_str());
  std::exit(1);
}

void* open_library(const char* file) {
  // As the loader opens it, save that the plugin library has to find the symbols of the first.
  void* library = dlopen(file, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  if (!library) give_up(dlerror());
  return library;
}

template <class Function>
Function function(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (!found) give_up(std::string("no function ") + name);
  return reinterpret_cast<Function>(found);
}

int32_t version_of(void* library) { return function<int32_t (*)()>(library, "getInferLibVersion")(); }

/// Keeps every line, whatever its severity.
class Lines final : public trt::ILogger {
 public:
  void log(Severity, trt::AsciiChar const* message) noexcept override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(message);
  }
  std::vector<std::string> taken() const { return lines_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

Json creators(trt::IPluginRegistry& registry) {
  int32_t count = -1;
  auto* const* all = registry.getAllCreators(&count);
  Json kinds = Json::object();
  for (int32_t i = 0; all && i < count; ++i) {
    const trt::InterfaceInfo info = all[i]->getInterfaceInfo();
    const std::string kind = info.kind;
    kinds[kind] = kinds.value(kind, 0) + 1;
  }
  return {{"count", count}, {"kinds", kinds}};
}

Json probe_registry(void* library, const char* plugins) {
  Json out = {{"version", version_of(library)}};
  trt::IPluginRegistry* registry = function<trt::IPluginRegistry* (*)()>(library, "getPluginRegistry")();
  if (!registry) give_up("no plugin registry");
  out["own"] = creators(*registry);
  Lines lines;
  out["initialised"] = function<bool (*)(void*, const char*)>(open_library(plugins), "initLibNvInferPlugins")(&lines, "");
  out["all"] = creators(*registry);
  out["lines"] = lines.taken();
  return out;
}

std::vector<std::string>& module_log() {
  static std::vector<std::string> lines;
  return lines;
}

void keep(LogLevel level, const char* message) { module_log().push_back((level == LogLevel::kError ? "error: " : "warning: ") + std::string(message)); }

Json probe_builder(void* library) {
  using Factory = void* (*)(void*, int32_t);
  Logger logger(keep);
  void* builder = function<Factory>(library, "createInferBuilder_INTERNAL")(&logger, NV_TENSORRT_VERSION);
  const std::string builder_error = logger.take_error("");
  void* runtime = function<Factory>(library, "createInferRuntime_INTERNAL")(&logger, NV_TENSORRT_VERSION);
  const bool usable = own(static_cast<trt::IRuntime*>(runtime)).release() != nullptr;
  return {{"version", version_of(library)},         {"builder", builder != nullptr},
          {"builder_error", builder_error},         {"runtime", usable},
          {"runtime_error", logger.take_error("")}, {"log", module_log()}};
}

/// A driver whose every call succeeds and does nothing: the module's calls on the way to TensorRT's factories go
/// through.
CudaApi idle_driver() {
  CudaApi api;
#define MINDIRD_IDLE(name, symbol, parameters) api.name = [] parameters -> CuResult { return kCuSuccess; };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
  MINDIRD_CUDA_FUNCTIONS(MINDIRD_IDLE)
#pragma GCC diagnostic pop
#undef MINDIRD_IDLE
  return api;
}

Json probe_module(void* library, const char* file) {
  static const CudaApi cuda = idle_driver();
  static Device device;
  device.name = "no device";
  ModuleArgs args;
  args.cuda = &cuda;
  args.device = &device;
  args.nvinfer = library;
  args.version = version_of(library);
  args.log = keep;
  std::array<char, 1024> why{};
  const auto* engine = function<OpenFunction>(open_library(file), kOpenSymbol)(&args, why.data(), why.size());
  return {{"version", args.version}, {"engine", engine != nullptr}, {"why", why.data()}, {"log", module_log()}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  Json out;
  if (mode == "registry" && argc == 4) {
    out = probe_registry(open_library(argv[2]), argv[3]);
  } else if (mode == "builder" && argc == 3) {
    out = probe_builder(open_library(argv[2]));
  } else if (mode == "module" && argc == 4) {
    out = probe_module(open_library(argv[2]), argv[3]);
  } else {
    give_up("want registry LIBNVINFER PLUGINS, builder LIBNVINFER or module LIBNVINFER MODULE");
  }
  std::printf("%s\n", out.dump().c_str());
  // Skips the destructors of a library that was never able to start.
  std::fflush(stdout);
  std::_Exit(0);
}

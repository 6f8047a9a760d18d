#include "engines/tensorrt/loader/loader.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/event.h"
#include "base/strings.h"
#include "engines/registry.h"
#include "engines/tensorrt/api/module.h"
#include "engines/tensorrt/loader/child_engine.h"
#include "engines/tensorrt/loader/cuda_library.h"
#include "engines/tensorrt/loader/device_memory.h"
#include "engines/tensorrt/loader/search.h"

namespace mindird::engines::tensorrt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNotThere = ": not there";

struct Library {
  void* opened = nullptr;
  int version = 0;
  fs::path module;
};

void log_to_process(Level level, const char* message) { log_event({level, "tensorrt", {{"cause", std::string(message)}}}); }

/// LoaderOptions::log; set before a module is opened.
void (*log_sink)(Level level, const char* message) = log_to_process;

void log_from_module(LogLevel level, const char* message) {
  constexpr std::array<Level, 4> kLevels = {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError};
  log_sink(kLevels[static_cast<size_t>(level)], message);
}

/// Opens a libnvinfer whose major there is a module for.
Result<Library> open_library(const fs::path& file, const fs::path& modules) {
  void* opened = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!opened) return unsupported(dlerror());
  using VersionFunction = int32_t (*)();
  const auto version_of = reinterpret_cast<VersionFunction>(dlsym(opened, "getInferLibVersion"));
  const int version = version_of ? version_of() : 0;
  if (version == 0) return unsupported("no getInferLibVersion, not a TensorRT library");
  const std::string module = str("libmindird_trt", version / 10000, ".so");
  std::error_code error;
  if (fs::exists(modules / module, error)) return Library{opened, version, modules / module};
  return unsupported(str("TensorRT ", version_text(version), ", and ", modules.string(), " holds no ", module));
}

Result<std::unique_ptr<Engine>> open_module(const fs::path& file, const ModuleArgs& args) {
  void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!module) return unsupported(dlerror());
  const auto open = reinterpret_cast<OpenFunction>(dlsym(module, kOpenSymbol));
  if (!open) return unsupported(str(file.string(), ": no ", kOpenSymbol));
  std::array<char, 1024> why{};
  std::unique_ptr<Engine> engine(open(&args, why.data(), why.size()));
  if (!engine) return unsupported(why.data());
  return engine;
}

std::atomic<int64_t> launches{0};
std::atomic<bool> graphs_allowed{true};
decltype(CudaApi::graph_launch) launch_of_driver = nullptr;
decltype(CudaApi::stream_begin_capture) capture_of_driver = nullptr;

void watch_graphs(CudaApi& api) {
  capture_of_driver = api.stream_begin_capture;
  // An engine that cannot be captured is enqueued call by call.
  api.stream_begin_capture = [](CuStream stream, uint32_t mode) -> CuResult {
    return graphs_allowed.load(std::memory_order_relaxed) ? capture_of_driver(stream, mode) : kCuCaptureUnsupported;
  };
  launch_of_driver = api.graph_launch;
  api.graph_launch = [](CuGraphExec exec, CuStream stream) -> CuResult {
    launches.fetch_add(1, std::memory_order_relaxed);
    return launch_of_driver(exec, stream);
  };
}

fs::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || !info.dli_fname) return ".";
  return fs::path(info.dli_fname).parent_path();
}

std::string device_text(const Device& d) { return str(d.name, ", compute capability ", d.major, ".", d.minor, ", ", d.memory >> 20U, " MiB"); }

/// One line on why no library was taken: what was wrong with the first that is there, else that there is none.
std::string no_library(const Found& found) {
  const auto there = std::find_if(found.tried.begin(), found.tried.end(), [](const std::string& place) { return !place.ends_with(kNotThere); });
  return there == found.tried.end() ? str("no libnvinfer in ", found.tried.size(), " places") : str("no usable libnvinfer: ", *there);
}

/// Has a process of its own build the engines, where there is the executable for it.
std::unique_ptr<Engine> with_builder(std::unique_ptr<Engine> engine, const LoaderOptions& given, const fs::path& modules, Found& found) {
  const fs::path executable = given.builder.empty() ? modules / "mindird-builder" : fs::path(given.builder);
  if (::access(executable.c_str(), X_OK) != 0) {
    log_event({Level::kWarn,
               "tensorrt.builder.missing",
               {{"path", executable.string()}, {"cause", "engines are built in this process, which a failing build may end"}}});
    return engine;
  }
  found.builder = executable.string();
  BuilderOptions options;
  options.executable = executable.string();
  options.timeout = given.build_timeout;
  options.loader = given;
  options.loader.library_path = found.library;
  options.loader.module_folder = modules.string();
  return build_in_child(std::move(engine), std::move(options));
}

/// The engine of the first candidate that makes one; what is wrong with those before it goes to `found.tried`. Without a driver the library alone is
/// looked at.
std::unique_ptr<Engine> first_engine(const LoaderOptions& options, const fs::path& modules, const CudaLibrary* cuda, Found& found) {
  for (const fs::path& file : candidates(places_of_process(options.library_path))) {
    std::error_code error;
    if (!fs::exists(file, error)) {
      found.tried.push_back(str(file.string(), kNotThere));
      continue;
    }
    auto library = open_library(file, modules);
    Status status = library.status();
    std::unique_ptr<Engine> engine;
    if (status.ok() && cuda) {
      const ModuleArgs args{.cuda = &cuda->api,
                            .device = &cuda->devices.front(),
                            .nvinfer = library->opened,
                            .version = library->version,
                            .settings = options.settings,
                            .verbose = options.verbose,
                            .log = log_from_module};
      auto made = open_module(library->module, args);
      status = made.status();
      if (made.ok()) engine = std::move(made).value();
    }
    if (status.ok()) {
      found.library = file.string();
      found.module = library->module.string();
      found.version = library->version;
      return engine;
    }
    found.tried.push_back(str(file.string(), ": ", status.message()));
  }
  return nullptr;
}

Result<std::unique_ptr<Engine>> find_engine(const LoaderOptions& options, Found& found) {
  const fs::path modules = options.module_folder.empty() ? own_folder() : fs::path(options.module_folder);
  if (options.log) log_sink = options.log;
  Result<CudaLibrary> driver = load_cuda(options.cuda_library, options.blocks);
  // The library takes some 200 MB of memory: without a device it is opened only on demand.
  if (!driver.ok()) {
    if (options.without_device) first_engine(options, modules, nullptr, found);
    return driver.status();
  }
  for (const Device& d : driver->devices) found.devices.push_back(device_text(d));
  if (options.watch_graphs) watch_graphs(driver->api);
  // Leaked like the engine itself: threads may use both until the process ends.
  const auto* const cuda = new CudaLibrary(std::move(driver).value());
  std::unique_ptr<Engine> engine = first_engine(options, modules, cuda, found);
  if (!engine) return unsupported(no_library(found));
  offer_device(*cuda);
  if (options.in_process) return engine;
  LoaderOptions here = options;
  here.cuda_library = cuda->file;
  return with_builder(std::move(engine), here, modules, found);
}

}  // namespace

int64_t graph_launches() { return launches.load(std::memory_order_relaxed); }

void allow_graphs(bool allowed) { graphs_allowed.store(allowed, std::memory_order_relaxed); }

std::string version_text(int version) { return str(version / 10000, ".", version / 100 % 100, ".", version % 100); }

const Found& discover(const LoaderOptions& options) {
  static std::mutex mutex;
  static const Found* known = nullptr;
  const std::lock_guard lock(mutex);
  if (known) return *known;
  auto found = std::make_unique<Found>();
  auto engine = find_engine(options, *found);
  found->available = engine.ok();
  if (engine.ok()) {
    EngineRegistry::instance().add(std::move(engine).value());
  } else {
    found->why = engine.status().message();
  }
  known = found.release();
  return *known;
}

}  // namespace mindird::engines::tensorrt

// Finds what the TensorRT engine needs on this machine and registers it under "tensorrt": the CUDA driver with a device, libnvinfer of a major
// this build has a module for, and that module. Nothing of either library is linked; where something is missing the process goes on without.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/event.h"
#include "engines/tensorrt/api/settings.h"

namespace mindird::engines::tensorrt {

struct Found {
  bool available = false;
  std::string why;                   // one line, when not available
  std::string library;               // the libnvinfer taken
  std::string module;                // the module that fits it
  std::string builder;               // the executable engines are built by; empty: this process builds them
  int version = 0;                   // its getInferLibVersion(), 0 when it was not loaded
  std::vector<std::string> tried;    // places, with what was wrong there
  std::vector<std::string> devices;  // "NVIDIA H200, compute capability 9.0, 139 GiB"
};

struct LoaderOptions {
  /// tensorrt.library_path
  std::string library_path;
  /// The folder of the modules; empty: that of the binary this code is in.
  std::string module_folder;
  /// Look for the library and its version even where there is no device.
  bool without_device = false;
  EngineSettings settings;
  /// Name or path of the driver's library.
  std::string cuda_library = "libcuda.so.1";
  /// Threads that wait for the device sleep rather than spin.
  bool blocks = false;
  /// Count what graph_launches() answers, and heed allow_graphs().
  bool watch_graphs = false;
  /// TensorRT's informative and verbose messages, of engines built in this process, go to the log too.
  bool verbose = false;
  /// Build in this process rather than in one of its own.
  bool in_process = false;
  /// The executable of that process; empty: mindird-builder in the folder of the modules.
  std::string builder;
  /// How long one build may take.
  std::chrono::milliseconds build_timeout = std::chrono::minutes(30);
  /// Where TensorRT's messages go; null: the process's log. Callable from any thread.
  void (*log)(Level level, const char* message) = nullptr;
};

/// Searches once per process and registers the engine if everything is there; later calls give the first answer, whatever their options.
const Found& discover(const LoaderOptions& options = {});

/// How many captured graphs this process has launched; 0 unless they are watched.
int64_t graph_launches();
/// Whether contexts made from now on capture their runs as CUDA graphs, as they do at first; without, they enqueue them call by call, which shows
/// what graphs gain. Only where graphs are watched.
void allow_graphs(bool allowed);

/// "11.2.1"
std::string version_text(int version);

}  // namespace mindird::engines::tensorrt

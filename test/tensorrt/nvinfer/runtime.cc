// Runtime, engine and execution context of the test libnvinfer: enqueueV3 puts the evaluation of the graph on the stream.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <map>

#include "base/strings.h"
#include "engines/tensorrt/types.h"
#include "entry.h"
#include "scratch.h"
#include "tensor/tensor.h"

namespace mindird::test_nvinfer {
namespace {

using engines::tensorrt::trt_dims;
using engines::tensorrt::trt_type;

/// Name and value of every input, then of every output.
struct Io {
  std::string name;
  ir::ValueId value;
  bool input;
};

class Engine;

class ExecutionContext final : public IExecutionContext, public defaults::ExecutionContext {
 public:
  ExecutionContext(const Engine& engine, size_t scratch_bytes) : engine_(engine), scratch_(scratch_bytes) { mImpl = this; }
  bool has_memory() const { return scratch_.ok(); }
  bool setTensorAddress(char const* name, void* data) noexcept override;
  bool enqueueV3(cudaStream_t stream) noexcept override;

 private:
  void run() const;

  const Engine& engine_;
  Scratch scratch_;
  std::map<std::string, void*> addresses_;
};

class Inspector final : public IEngineInspector, public defaults::EngineInspector {
 public:
  explicit Inspector(std::string text) : text_(std::move(text)) { mImpl = this; }
  char const* getEngineInformation(LayerInformationFormat) const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

class Engine final : public ICudaEngine, public defaults::CudaEngine {
 public:
  Engine(Plan plan, ILogger& logger) : plan_(std::move(plan)), logger_(logger) {
    mImpl = this;
    const ir::Graph& g = plan_.graph;
    for (ir::ValueId v : g.inputs()) io_.push_back({g.value(v).name, v, true});
    for (size_t i = 0; i < g.outputs().size(); ++i) io_.push_back({plan_.outputs[i], g.outputs()[i], false});
  }
  int32_t getNbLayers() const noexcept override { return static_cast<int32_t>(plan_.layers.size()); }
  int32_t getNbIOTensors() const noexcept override { return static_cast<int32_t>(io_.size()); }
  char const* getIOTensorName(int32_t i) const noexcept override { return io_[static_cast<size_t>(i)].name.c_str(); }
  TensorIOMode getTensorIOMode(char const* name) const noexcept override {
    const Io* found = find(name);
    return !found ? TensorIOMode::kNONE : found->input ? TensorIOMode::kINPUT : TensorIOMode::kOUTPUT;
  }
  DataType getTensorDataType(char const* name) const noexcept override {
    const Io* found = find(name);
    return found ? *trt_type(plan_.graph.type(found->value).dtype) : DataType::kFLOAT;
  }
  Dims getTensorShape(char const* name) const noexcept override {
    const Io* found = find(name);
    Dims none{};
    none.nbDims = -1;
    return found ? trt_dims(plan_.graph.type(found->value).shape) : none;
  }
  /// As much as all values between the nodes take.
  int64_t getDeviceMemorySizeV2() const noexcept override {
    size_t bytes = 0;
    for (ir::NodeId node : plan_.graph.topological_order()) {
      for (ir::ValueId v : plan_.graph.node(node).outputs) bytes += plan_.graph.type(v).shape.known() ? plan_.graph.type(v).bytes() : 0;
    }
    return static_cast<int64_t>(bytes);
  }
  IExecutionContext* createExecutionContext(ExecutionContextAllocationStrategy) noexcept override {
    auto made = std::make_unique<ExecutionContext>(*this, static_cast<size_t>(getDeviceMemorySizeV2()));
    if (made->has_memory()) return made.release();
    logger_.log(ILogger::Severity::kERROR, "createExecutionContext: Error Code 2: OutOfMemory (no device memory for the context)");
    return nullptr;
  }
  IEngineInspector* createEngineInspector() const noexcept override { return new Inspector(lines()); }

  const ir::Graph& graph() const { return plan_.graph; }
  const std::vector<Io>& io() const { return io_; }

 private:
  std::string lines() const {
    std::string out;
    for (const std::string& name : plan_.layers) out += str(name, '\n');
    return out;
  }
  const Io* find(std::string_view name) const {
    for (const Io& io : io_) {
      if (io.name == name) return &io;
    }
    return nullptr;
  }

  Plan plan_;
  ILogger& logger_;
  std::vector<Io> io_;
};

bool ExecutionContext::setTensorAddress(char const* name, void* data) noexcept {
  if (engine_.getTensorIOMode(name) == TensorIOMode::kNONE || reinterpret_cast<uintptr_t>(data) % 256 != 0) return false;
  addresses_[name] = data;
  return true;
}

bool ExecutionContext::enqueueV3(cudaStream_t stream) noexcept {
  using Launch = int32_t (*)(cudaStream_t, void (*)(void*), void*);
  static const auto launch = reinterpret_cast<Launch>(dlsym(dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL), "cuLaunchHostFunc"));
  if (addresses_.size() != engine_.io().size()) return false;
  return launch(stream, [](void* context) { static_cast<const ExecutionContext*>(context)->run(); }, this) == 0;
}

/// A failed evaluation leaves zeros: what runs on a device has no way to report an error of the data.
void ExecutionContext::run() const {
  const ir::Graph& graph = engine_.graph();
  std::vector<mindird::Tensor> inputs;
  for (const Io& io : engine_.io()) {
    if (io.input) inputs.push_back({graph.type(io.value), static_cast<std::byte*>(addresses_.at(io.name))});
  }
  const auto results = ir::evaluate(graph, inputs);
  if (!results.ok()) std::fprintf(stderr, "test libnvinfer: %s\n", results.status().message().c_str());
  size_t next = 0;
  for (const Io& io : engine_.io()) {
    if (io.input) continue;
    void* const to = addresses_.at(io.name);
    const size_t bytes = graph.type(io.value).bytes();
    if (results.ok()) {
      std::memcpy(to, results.value()[next++].tensor.data, bytes);
    } else {
      std::memset(to, 0, bytes);
    }
  }
}

class Runtime final : public IRuntime, public defaults::Runtime {
 public:
  explicit Runtime(ILogger& logger) : logger_(logger) { mImpl = this; }
  ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size) noexcept override {
    if (setting("load") == "fail") {
      logger_.log(ILogger::Severity::kERROR, "deserializeCudaEngine: Error Code 1: Serialization (the load was told to fail)");
      return nullptr;
    }
    auto plan = parse_plan({static_cast<const char*>(blob), size});
    if (plan.ok()) return new Engine(std::move(plan).value(), logger_);
    logger_.log(ILogger::Severity::kERROR, plan.status().message().c_str());
    return nullptr;
  }

 private:
  ILogger& logger_;
};

}  // namespace

IRuntime* make_runtime(ILogger& logger) { return new Runtime(logger); }

}  // namespace mindird::test_nvinfer

// Runtime, engine and execution context of the test libnvinfer: enqueueV3 puts the evaluation of the graph on the stream.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/strings.h"
#include "engines/tensorrt/types.h"
#include "entry.h"
#include "host_memory.h"
#include "scratch.h"
#include "tensor/tensor.h"

namespace mindird::test_nvinfer {
namespace {

using engines::tensorrt::trt_dims;
using engines::tensorrt::trt_type;

/// Every input, then every output.
struct Io {
  std::string name;
  bool input;
  size_t index;  // among the inputs or the outputs
  Shape shape;   // -1 for what depends on the profile
};

/// Stands in a plan that was made of a deserialised engine.
constexpr const char* kAgain = "serialize";

Dims no_dims() {
  Dims none{};
  none.nbDims = -1;
  return none;
}

class Engine;

class ExecutionContext final : public IExecutionContext, public defaults::ExecutionContext {
 public:
  /// `later`: scratch memory comes with the profile that is selected.
  ExecutionContext(const Engine& engine, ILogger& logger, bool later);
  bool has_memory() const { return !scratch_ || scratch_->ok(); }
  bool setOptimizationProfileAsync(int32_t index, cudaStream_t) noexcept override;
  int32_t getOptimizationProfile() const noexcept override { return static_cast<int32_t>(profile_); }
  bool setInputShape(char const* name, Dims const& dims) noexcept override;
  Dims getTensorShape(char const* name) const noexcept override;
  bool setTensorAddress(char const* name, void* data) noexcept override;
  bool enqueueV3(cudaStream_t stream) noexcept override;

 private:
  void run() const;

  bool refuse(const std::string& why) const noexcept;
  bool all_shapes_known() const;

  const Engine& engine_;
  ILogger& logger_;
  bool later_;
  std::optional<Scratch> scratch_;
  size_t profile_ = 0;
  std::set<std::string> shaped_;  // inputs with open dims whose shape has been set
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
    const ir::Graph& g = plan_.graphs[0];
    const size_t inputs = g.inputs().size();
    for (size_t i = 0; i < inputs; ++i) io_.push_back({g.value(g.inputs()[i]).name, true, i, plan_.shapes[i]});
    for (size_t i = 0; i < plan_.outputs.size(); ++i) io_.push_back({plan_.outputs[i], false, i, plan_.shapes[inputs + i]});
  }
  int32_t getNbOptimizationProfiles() const noexcept override { return static_cast<int32_t>(plan_.graphs.size()); }
  Dims getProfileShape(char const* name, int32_t index, OptProfileSelector) const noexcept override {
    const Io* found = find(name);
    return found && found->input && index >= 0 && index < getNbOptimizationProfiles() ? trt_dims(type(*found, static_cast<size_t>(index)).shape) : no_dims();
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
    return found ? *trt_type(type(*found, 0).dtype) : DataType::kFLOAT;
  }
  Dims getTensorShape(char const* name) const noexcept override {
    const Io* found = find(name);
    return found ? trt_dims(found->shape) : no_dims();
  }
  /// As much as all values between the nodes take.
  int64_t getDeviceMemorySizeForProfileV2(int32_t profile) const noexcept override {
    const ir::Graph& g = graph(static_cast<size_t>(profile));
    size_t bytes = 0;
    for (ir::NodeId node : g.topological_order()) {
      for (ir::ValueId v : g.node(node).outputs) bytes += g.type(v).shape.known() ? g.type(v).bytes() : 0;
    }
    return static_cast<int64_t>(bytes);
  }
  int64_t getDeviceMemorySizeV2() const noexcept override {
    int64_t most = 0;
    for (int32_t p = 0; p < getNbOptimizationProfiles(); ++p) most = std::max(most, getDeviceMemorySizeForProfileV2(p));
    return most;
  }
  IExecutionContext* createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept override {
    const bool later = strategy == ExecutionContextAllocationStrategy::kON_PROFILE_CHANGE;
    auto made = std::make_unique<ExecutionContext>(*this, logger_, later);
    if (made->has_memory()) return made.release();
    logger_.log(ILogger::Severity::kERROR, "createExecutionContext: Error Code 2: OutOfMemory (no device memory for the context)");
    return nullptr;
  }
  IEngineInspector* createEngineInspector() const noexcept override { return new Inspector(lines()); }

  /// NvInferRuntime.h: the result may be deserialised; not that its bytes are those the engine came from, and here they are not.
  IHostMemory* serialize() const noexcept override {
    Plan again = plan_;
    if (std::ranges::find(again.flags, kAgain) == again.flags.end()) again.flags.emplace_back(kAgain);
    return new HostMemory(make_plan(again));
  }

  const ir::Graph& graph(size_t profile) const { return plan_.graphs[profile]; }
  const std::vector<Io>& io() const { return io_; }
  const TensorType& type(const Io& io, size_t profile) const {
    const ir::Graph& g = plan_.graphs[profile];
    return g.type(io.input ? g.inputs()[io.index] : g.outputs()[io.index]);
  }
  const Io* find(std::string_view name) const {
    for (const Io& io : io_) {
      if (io.name == name) return &io;
    }
    return nullptr;
  }

 private:
  std::string lines() const {
    std::string out;
    for (const std::string& flag : plan_.flags) out += str("built with ", flag, '\n');
    for (const std::string& name : plan_.layers) out += str(name, '\n');
    return out;
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

ExecutionContext::ExecutionContext(const Engine& engine, ILogger& logger, bool later) : engine_(engine), logger_(logger), later_(later) {
  mImpl = this;
  if (!later) scratch_.emplace(static_cast<size_t>(engine.getDeviceMemorySizeV2()));
}

bool ExecutionContext::refuse(const std::string& why) const noexcept {
  logger_.log(ILogger::Severity::kERROR, why.c_str());
  return false;
}

bool ExecutionContext::setOptimizationProfileAsync(int32_t index, cudaStream_t) noexcept {
  if (index < 0 || index >= engine_.getNbOptimizationProfiles()) return refuse(str("profile ", index, " of ", engine_.getNbOptimizationProfiles()));
  profile_ = static_cast<size_t>(index);
  shaped_.clear();
  if (later_) scratch_.emplace(static_cast<size_t>(engine_.getDeviceMemorySizeForProfileV2(index)));
  if (!has_memory()) return refuse("setOptimizationProfileAsync: Error Code 2: OutOfMemory (no device memory for the profile)");
  return true;
}

bool ExecutionContext::setInputShape(char const* name, Dims const& dims) noexcept {
  const Io* io = engine_.find(name);
  if (!io || !io->input) return refuse(str(name, " is no input"));
  const Shape shape = engines::tensorrt::ir_shape(dims);
  const Shape& want = engine_.type(*io, profile_).shape;
  if (shape != want) return refuse(str(name, " is given shape ", shape.text(), ", outside profile ", profile_, " with ", want.text()));
  if (!io->shape.known()) shaped_.insert(name);
  return true;
}

bool ExecutionContext::all_shapes_known() const {
  const auto& all = engine_.io();
  return std::all_of(all.begin(), all.end(), [&](const Io& io) { return !io.input || io.shape.known() || shaped_.contains(io.name); });
}

Dims ExecutionContext::getTensorShape(char const* name) const noexcept {
  const Io* io = engine_.find(name);
  if (!io) return no_dims();
  const bool known = io->input ? shaped_.contains(name) : all_shapes_known();
  return trt_dims(known ? engine_.type(*io, profile_).shape : io->shape);
}

bool ExecutionContext::enqueueV3(cudaStream_t stream) noexcept {
  using Launch = int32_t (*)(cudaStream_t, void (*)(void*), void*);
  static const auto launch = reinterpret_cast<Launch>(dlsym(dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL), "cuLaunchHostFunc"));
  if (addresses_.size() != engine_.io().size()) return refuse("an input or output has no address");
  if (!all_shapes_known()) return refuse("an input has no shape yet");
  return launch(stream, [](void* context) { static_cast<const ExecutionContext*>(context)->run(); }, this) == 0;
}

/// A failed evaluation leaves zeros: what runs on a device has no way to report an error of the data.
void ExecutionContext::run() const {
  const ir::Graph& graph = engine_.graph(profile_);
  std::vector<mindird::Tensor> inputs;
  for (const Io& io : engine_.io()) {
    if (io.input) inputs.push_back({engine_.type(io, profile_), static_cast<std::byte*>(addresses_.at(io.name))});
  }
  const auto results = ir::evaluate(graph, inputs);
  if (!results.ok()) std::fprintf(stderr, "test libnvinfer: %s\n", results.status().message().c_str());
  size_t next = 0;
  for (const Io& io : engine_.io()) {
    if (io.input) continue;
    void* const to = addresses_.at(io.name);
    const size_t bytes = engine_.type(io, profile_).bytes();
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

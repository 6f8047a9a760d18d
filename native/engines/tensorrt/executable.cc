#include "engines/tensorrt/executable.h"

#include <algorithm>
#include <sstream>

#include "base/hash.h"
#include "base/strings.h"
#include "engines/border_types.h"
#include "engines/keeps_serialized.h"
#include "engines/tensorrt/convert.h"
#include "engines/tensorrt/plan_file.h"
#include "engines/tensorrt/profiles.h"
#include "engines/tensorrt/types.h"
#include "ops/embedded/engine_node.h"

namespace mindird::engines::tensorrt {
namespace {

/// The types of what the nodes compute: "fp32+fp16". 8-bit integers are there where activations are quantised, and products of two such operands are
/// computed in them.
std::string precision_of(const ir::Graph& graph) {
  const std::vector<ir::NodeId> nodes = graph.topological_order();
  std::string out;
  for (const auto& [dtype, name] : {std::pair(DType::kF32, "fp32"), {DType::kF16, "fp16"}, {DType::kBF16, "bf16"}, {DType::kI8, "int8"}}) {
    const bool found = std::ranges::any_of(nodes, [&](ir::NodeId n) { return graph.type(graph.node(n).outputs[0]).dtype == dtype; });
    if (found) out += str(out.empty() ? "" : "+", name);
  }
  return out.empty() ? "integers" : out;
}

class TensorrtExecutable final : public Executable, public BorderTypes, public KeepsSerialized {
 public:
  TensorrtExecutable(std::shared_ptr<const Loaded> loaded, const ir::Graph& graph)
      : loaded_(std::move(loaded)), living_(*loaded_->living), nodes_(graph.living_nodes()), precision_(precision_of(graph)) {
    if (const ops::EngineNode* node = ops::only_engine_node(graph)) {
      nodes_ = static_cast<size_t>(node->operators);
      precision_ = node->precision;
    }
  }

  size_t workspace_bytes() const override { return 0; }
  Result<std::unique_ptr<Context>> context(std::span<std::byte>) const override { return make_context(loaded_); }
  Result<std::vector<std::byte>> serialize() const override;
  void release_serialized() const override {
    const std::lock_guard lock(loaded_->library->mutex);
    living_.plan = {};
  }
  /// The weights are the device's.
  size_t constant_bytes() const override {
    const std::lock_guard lock(loaded_->library->mutex);
    return living_.plan.size();
  }
  bool on_device() const override { return true; }
  /// TensorRT does not tell; its weights are as large on the device as in the serialised engine. One of the executables that share it counts them.
  size_t device_bytes() const override { return loaded_->profile > 0 ? 0 : living_.plan_bytes; }
  size_t device_bytes_per_context() const override { return loaded_->context_bytes(); }
  DType input_dtype(size_t input) const override { return loaded_->inputs[input].type.dtype; }
  DType output_dtype(size_t output) const override { return loaded_->outputs[output].type.dtype; }
  std::vector<std::string> steps() const override;
  std::vector<std::pair<std::string, std::string>> details() const override;

 private:
  std::shared_ptr<const Loaded> loaded_;
  const LivingEngine& living_;
  size_t nodes_;
  std::string precision_;
};

/// Made anew, the engine's bytes may be others, but it is the same engine: who loads it for another batch size shares this one.
Result<std::vector<std::byte>> TensorrtExecutable::serialize() const {
  const Library& library = *loaded_->library;
  const std::lock_guard lock(library.mutex);
  if (!living_.plan.empty()) return living_.plan;
  TRY(library.enter());
  library.logger.take_error("");
  const Owned<trt::IHostMemory> engine = own(loaded_->engine->serialize());
  if (!engine) return Status(Code::kEngineFailed, library.logger.take_error("TensorRT could not serialise the engine"));
  std::vector<std::byte> out = write_plan(living_.head, {static_cast<const std::byte*>(engine->data()), engine->size()});
  if (loaded_->profile >= 0) library.living[hash_bytes(out).hex()] = loaded_->living;
  return out;
}

/// One line for the engine, then TensorRT's own lines on its layers.
std::vector<std::string> TensorrtExecutable::steps() const {
  const std::lock_guard lock(loaded_->library->mutex);
  std::vector<std::string> out;
  out.push_back(str("TrtNode of ", nodes_, " operators, ", living_.plan_bytes, " bytes, ", loaded_->engine->getNbLayers(), " layers"));
  const Owned<trt::IEngineInspector> inspector = own(loaded_->engine->createEngineInspector());
  const char* text = inspector ? inspector->getEngineInformation(trt::LayerInformationFormat::kONELINE) : nullptr;
  std::istringstream lines(text ? text : "");
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> TensorrtExecutable::details() const {
  const std::lock_guard lock(loaded_->library->mutex);
  const Device& device = loaded_->library->device;
  std::vector<std::pair<std::string, std::string>> out = {{"engine bytes", str(living_.plan_bytes)},
                                                          {"computes in", precision_},
                                                          {"TensorRT", loaded_->library->version_text()},
                                                          {"device", device.name},
                                                          {"compute capability", str(device.major, '.', device.minor)},
                                                          {"driver", str(device.driver)},
                                                          {"layers", str(loaded_->engine->getNbLayers())}};
  for (auto& note : plan_notes(living_.head)) out.push_back(std::move(note));
  out.emplace_back("profile", loaded_->profile < 0 ? "none" : str(loaded_->profile + 1, " of ", loaded_->engine->getNbOptimizationProfiles()));
  return out;
}

/// A dim of -1 takes every size; the profile says which.
bool fits(const Shape& shape, const Shape& want) {
  return std::equal(shape.begin(), shape.end(), want.begin(), want.end(), [](int64_t a, int64_t b) { return a == b || a == -1; });
}

Status add_border(const trt::ICudaEngine& engine, std::string name, const TensorType& want, trt::TensorIOMode mode, std::vector<Border>& borders) {
  const char* const key = name.c_str();
  if (engine.getTensorIOMode(key) != mode)
    return {Code::kEngineFailed, str("the engine has no ", mode == trt::TensorIOMode::kINPUT ? "input " : "output ", name)};
  const auto dtype = ir_type(engine.getTensorDataType(key));
  const Shape shape = ir_shape(engine.getTensorShape(key));
  // The subgraph of a plan file's node says f32 where its engine was built with f16 (border_types.h).
  const bool narrow = dtype == DType::kF16 && want.dtype == DType::kF32;
  if ((dtype != want.dtype && !narrow) || !fits(shape, want.shape))
    return {Code::kEngineFailed, str(name, " of the engine has shape ", shape.text(), ", want ", want.text())};
  borders.push_back({std::move(name), {*dtype, want.shape}});
  return {};
}

Status add_borders(const ir::Graph& graph, Loaded& loaded) {
  const auto wanted = graph.inputs().size() + graph.outputs().size();
  if (static_cast<size_t>(loaded.engine->getNbIOTensors()) != wanted) {
    return {Code::kEngineFailed, str("the engine has ", loaded.engine->getNbIOTensors(), " inputs and outputs, want ", wanted)};
  }
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    TRY(add_border(*loaded.engine, input_name(i), graph.type(graph.inputs()[i]), trt::TensorIOMode::kINPUT, loaded.inputs));
  }
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    TRY(add_border(*loaded.engine, output_name(i), graph.type(graph.outputs()[i]), trt::TensorIOMode::kOUTPUT, loaded.outputs));
  }
  return {};
}

Result<std::unique_ptr<Executable>> make(std::shared_ptr<const Library> library, std::shared_ptr<const LivingEngine> living, const ir::Graph& graph,
                                         const BuildOptions& options) {
  auto loaded = std::make_shared<Loaded>();
  loaded->library = std::move(library);
  loaded->living = std::move(living);
  loaded->engine = loaded->living->engine.get();
  TRY(add_borders(graph, *loaded));
  if (options.profiles) {
    TRY_ASSIGN(loaded->profile, profile_index(*loaded->engine, graph, options));
  }
  return std::unique_ptr<Executable>(std::make_unique<TensorrtExecutable>(std::move(loaded), graph));
}

std::shared_ptr<const LivingEngine> find_living(const Library& library, const std::string& key) {
  std::erase_if(library.living, [](const auto& entry) { return entry.second.expired(); });
  const auto it = library.living.find(key);
  return it == library.living.end() ? nullptr : it->second.lock();
}

}  // namespace

Loaded::~Loaded() {
  // Freeing an engine calls the driver, from whatever thread drops the last reference.
  if (library) static_cast<void>(library->enter());
}

size_t Loaded::border_bytes() const {
  size_t out = 0;
  for (const auto* borders : {&inputs, &outputs}) {
    for (const Border& border : *borders) out += border.room();
  }
  return out;
}

size_t Loaded::context_bytes() const {
  constexpr int kHasMemorySizeV2 = 100100;
  int64_t scratch = 0;
  if (library->version >= kHasMemorySizeV2) scratch = profile < 0 ? engine->getDeviceMemorySizeV2() : engine->getDeviceMemorySizeForProfileV2(profile);
  return border_bytes() + static_cast<size_t>(std::max<int64_t>(scratch, 0));
}

Result<std::unique_ptr<Executable>> load_executable(std::shared_ptr<const Library> library, const ir::Graph& graph, const BuildOptions& options,
                                                    const Plan& plan) {
  const std::string plan_key = !options.profiles ? "" : plan.hash.empty() ? hash_bytes(plan.file).hex() : plan.hash;
  std::shared_ptr<const LivingEngine> living;
  {
    const std::lock_guard lock(library->mutex);
    TRY(library->enter());
    if (options.profiles) living = find_living(*library, plan_key);
    if (!living) {
      library->logger.take_error("");
      auto fresh = std::make_shared<LivingEngine>();
      fresh->engine = own(library->runtime->deserializeCudaEngine(plan.engine.data(), plan.engine.size()));
      if (!fresh->engine) return Status(Code::kEngineFailed, library->logger.take_error("TensorRT could not load the engine"));
      fresh->head = plan_head(plan.file);
      fresh->plan_bytes = plan.file.size();
      fresh->plan.assign(plan.file.begin(), plan.file.end());
      living = std::move(fresh);
    }
    if (options.profiles) library->living[plan_key] = living;
  }
  return make(std::move(library), std::move(living), graph, options);
}

}  // namespace mindird::engines::tensorrt

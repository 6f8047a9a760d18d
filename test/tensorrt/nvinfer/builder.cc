// The builder of the test libnvinfer: a network becomes a "plan", which holds its graph at the shapes of each profile.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "entry.h"
#include "host_memory.h"
#include "network.h"
#include "profile.h"
#include "timing.h"

namespace mindird::test_nvinfer {
namespace {

class Config final : public IBuilderConfig, public defaults::BuilderConfig {
 public:
  Config() { mImpl = this; }
  void setProgressMonitor(IProgressMonitor* monitor) noexcept override { monitor_ = monitor; }
  IProgressMonitor* getProgressMonitor() const noexcept override { return monitor_; }
  void setProfilingVerbosity(ProfilingVerbosity) noexcept override {}
  void setFlag(BuilderFlag flag) noexcept override { flags_ |= 1U << static_cast<uint32_t>(flag); }
  void clearFlag(BuilderFlag flag) noexcept override { flags_ &= ~(1U << static_cast<uint32_t>(flag)); }
  bool getFlag(BuilderFlag flag) const noexcept override { return (flags_ >> static_cast<uint32_t>(flag)) & 1U; }
  int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept override {
    if (!profile->isValid()) return -1;
    profiles_.push_back(static_cast<const Profile*>(profile));
    return getNbOptimizationProfiles() - 1;
  }
  int32_t getNbOptimizationProfiles() const noexcept override { return static_cast<int32_t>(profiles_.size()); }
  const std::vector<const Profile*>& profiles() const { return profiles_; }
  std::vector<std::string> flag_names() const {
    std::vector<std::string> out;
    if (getFlag(BuilderFlag::kTF32)) out.emplace_back("tf32");
    if (getFlag(BuilderFlag::kSPARSE_WEIGHTS)) out.emplace_back("sparse_weights");
    if (level_ != kUsualLevel) out.push_back(str("level ", level_));
    return out;
  }
  // NvInfer.h, IBuilderConfig::setBuilderOptimizationLevel: 0 to 5, "Must be non-negative".
  void setBuilderOptimizationLevel(int32_t level) noexcept override { level_ = level; }
  int32_t getBuilderOptimizationLevel() const noexcept override { return level_; }
  ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept override {
    return TimingCache::parse({static_cast<const char*>(blob), size});
  }
  bool setTimingCache(ITimingCache const& cache, bool ignore_mismatch) noexcept override {
    const auto& given = static_cast<const TimingCache&>(cache);
    if (given.made_with() != version() && !ignore_mismatch) return false;
    timings_ = &given;
    return true;
  }
  ITimingCache const* getTimingCache() const noexcept override { return timings_; }

 private:
  IProgressMonitor* monitor_ = nullptr;
  const TimingCache* timings_ = nullptr;
  std::vector<const Profile*> profiles_;
  static constexpr int32_t kUsualLevel = 3;
  int32_t level_ = kUsualLevel;
  uint32_t flags_ = 1U << static_cast<uint32_t>(BuilderFlag::kTF32);
};

class Builder final : public IBuilder, public defaults::Builder {
 public:
  explicit Builder(ILogger& logger) : logger_(logger) { mImpl = this; }
  INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags) noexcept override { return new Network(*this, logger_); }
  IBuilderConfig* createBuilderConfig() noexcept override { return new Config(); }
  IOptimizationProfile* createOptimizationProfile() noexcept override { return profiles_.emplace_back(std::make_unique<Profile>()).get(); }
  IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept override;
  // NvInfer.h, IBuilder::setMaxThreads: "A value less than 1 triggers a kINVALID_ARGUMENT error."
  bool setMaxThreads(int32_t threads) noexcept override {
    if (threads >= 1) threads_ = threads;
    return threads >= 1;
  }
  int32_t getMaxThreads() const noexcept override { return threads_; }

 private:
  /// The first layer whose name contains what the setting `refuse` says; null without one.
  static const Layer* refused(const Network& network);
  /// One step per layer, as the real builder reports its phases; false: the caller wants to stop.
  static bool report(const Network& network, IProgressMonitor* monitor);
  /// The network at the shapes of every profile.
  static Result<Plan> plan_of(const Network& network, const Config& config);

  /// Fails, ends the process or never returns, if told so.
  static bool survives(Network& network);

  std::vector<std::unique_ptr<Profile>> profiles_;
  int32_t threads_ = 1;
  ILogger& logger_;
};

bool Builder::survives(Network& network) {
  const std::string failure = setting("build");
  if (failure == "abort") {
    std::fputs("test libnvinfer: told to abort\n", stderr);
    std::abort();
  }
  if (failure == "kill") std::raise(SIGKILL);
  while (failure == "hang") pause();
  if (failure == "fail") network.error("the build was told to fail");
  return failure != "fail";
}

IHostMemory* Builder::buildSerializedNetwork(INetworkDefinition& definition, IBuilderConfig& config) noexcept {
  auto& network = static_cast<Network&>(definition);
  if (!survives(network)) return nullptr;
  auto plan = plan_of(network, static_cast<Config&>(config));
  if (!plan.ok()) {
    network.error(plan.status().message());
    return nullptr;
  }
  if (threads_ > 1) plan->flags.push_back(str(threads_, " threads"));
  if (const Layer* layer = refused(network)) {
    network.error(str("Error Code 10: Internal Error (Could not find any implementation for node ", layer->getName(), ".)"));
    return nullptr;
  }
  if (!report(network, config.getProgressMonitor())) return nullptr;
  for (const std::string& layer : plan->layers) logger_.log(ILogger::Severity::kVERBOSE, str("Layer: ", layer, " Tactic: evaluated").c_str());
  logger_.log(ILogger::Severity::kINFO, "Engine generation completed.");
  // Without a cache that was given the kernels are timed too, and forgotten.
  const TimingCache own;
  const auto* const given = static_cast<const TimingCache*>(config.getTimingCache());
  for (const ir::Graph& graph : plan->graphs) (given ? *given : own).time(graph);
  return new HostMemory(make_plan(*plan));
}

Result<Plan> Builder::plan_of(const Network& network, const Config& config) {
  Plan plan;
  plan.layers = network.layer_names();
  plan.flags = config.flag_names();
  plan.shapes = network.input_shapes();
  const std::vector<Shape> inputs = plan.shapes;
  std::vector<std::string> names;
  for (int32_t i = 0; i < network.getNbInputs(); ++i) names.emplace_back(network.getInput(i)->getName());
  for (int32_t i = 0; i < network.getNbOutputs(); ++i) {
    plan.outputs.emplace_back(network.getOutput(i)->getName());
    plan.shapes.push_back(ir_shape(network.getOutput(i)->getDimensions()));
  }
  if (network.has_open_dims() && config.profiles().empty()) return unsupported("the network has open dims but no optimisation profile");
  for (const Profile* profile : config.profiles()) {
    TRY_ASSIGN(const std::vector<Shape> shapes, profile->shapes(names, inputs));
    TRY_ASSIGN(ir::Graph graph, network.lower(shapes));
    plan.graphs.push_back(std::move(graph));
  }
  if (plan.graphs.empty()) {
    TRY_ASSIGN(ir::Graph graph, network.lower(inputs));
    plan.graphs.push_back(std::move(graph));
  }
  return plan;
}

const Layer* Builder::refused(const Network& network) {
  const std::string text = setting("refuse");
  if (text.empty()) return nullptr;
  for (int32_t i = 0; i < network.getNbLayers(); ++i) {
    const Layer& layer = network.layer(static_cast<size_t>(i));
    if (std::string_view(layer.getName()).find(text) != std::string_view::npos) return &layer;
  }
  return nullptr;
}

/// Waits until the file holds a number greater than `step`; at once where no file is named.
void wait_at(const std::string& gate, int32_t step) {
  for (int64_t open = 0; !gate.empty() && open <= step; std::this_thread::sleep_for(std::chrono::milliseconds(5))) std::ifstream(gate) >> open;
}

bool Builder::report(const Network& network, IProgressMonitor* monitor) {
  if (!monitor) return true;
  const std::string gate = setting("build_gate");
  constexpr const char* kPhase = "Building Engine";
  monitor->phaseStart(kPhase, nullptr, network.getNbLayers());
  for (int32_t i = 0; i < network.getNbLayers(); ++i) {
    wait_at(gate, i);
    if (!monitor->stepComplete(kPhase, i)) return false;
  }
  monitor->phaseFinish(kPhase);
  return true;
}

}  // namespace

IBuilder* make_builder(ILogger& logger) { return new Builder(logger); }

}  // namespace mindird::test_nvinfer

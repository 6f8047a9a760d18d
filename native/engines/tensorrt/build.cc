#include "engines/tensorrt/build.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "engines/tensorrt/convert.h"
#include "engines/tensorrt/profiles.h"
#include "engines/tensorrt/sparsity.h"
#include "engines/tensorrt/timing_cache.h"

namespace mindird::engines::tensorrt {
namespace {

/// Passes TensorRT's phases on as one fraction. Nested phases each report their own steps; the outermost one moves the fraction.
class Progress final : public trt::IProgressMonitor {
 public:
  explicit Progress(const BuildOptions& options) : report_(options.progress), cancelled_(options.cancelled.get()) {}

  void phaseStart(char const* name, char const* parent, int32_t steps) noexcept override {
    const std::lock_guard lock(mutex_);
    if (!parent) outermost_ = name;
    steps_[name] = std::max(1, steps);
    tell(0, name);
  }
  bool stepComplete(char const* name, int32_t step) noexcept override {
    const std::lock_guard lock(mutex_);
    if (outermost_ == name) fraction_ = std::min(1.0, static_cast<double>(step + 1) / steps_[name]);
    tell(fraction_, name);
    return !cancelled();
  }
  void phaseFinish(char const* name) noexcept override {
    const std::lock_guard lock(mutex_);
    steps_.erase(name);
  }
  bool cancelled() const { return cancelled_ && *cancelled_; }

 private:
  void tell(double fraction, const char* step) {
    if (report_) report_(std::max(fraction, fraction_), step);
  }

  const std::function<void(double, std::string_view)>& report_;
  const std::atomic<bool>* cancelled_;
  std::mutex mutex_;
  std::map<std::string, int32_t> steps_;
  std::string outermost_;
  double fraction_ = 0;
};

Status failed(const Library& library, const char* otherwise) { return {Code::kEngineFailed, library.logger.take_error(otherwise)}; }

uint32_t network_flags() {
#if NV_TENSORRT_MAJOR >= 11
  return 0;  // every network is strongly typed
#else
  return 1U << static_cast<uint32_t>(trt::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
#endif
}

}  // namespace

Result<BuiltEngine> build_engine(const Library& library, const ir::Graph& graph, const BuildOptions& options) {
  const std::lock_guard lock(library.mutex);
  TRY(library.enter());
  library.logger.take_error("");
  TimingCache timings(library, options.keep_folder);
  const auto builder = own(static_cast<trt::IBuilder*>(library.create_builder(&library.logger, NV_TENSORRT_VERSION)));
  if (!builder) return failed(library, "createInferBuilder failed");
  const Owned<trt::INetworkDefinition> network = own(builder->createNetworkV2(network_flags()));
  const Owned<trt::IBuilderConfig> config = own(builder->createBuilderConfig());
  if (!network || !config) return failed(library, "TensorRT made no network");
  if (!builder->setMaxThreads(library.settings.build_threads)) return failed(library, "TensorRT refused the number of threads");

  NetworkDraft draft;
  draft.network = network.get();
  draft.graph = options.profiles ? options.profiles->symbolic.get() : &graph;
  draft.placeholder = options.profiles ? options.profiles->placeholder : 0;
  network->setName(graph.name.c_str());
  if (Status status = convert(draft); !status.ok()) {
    const std::string error = library.logger.take_error("");
    return Status(status.code(), error.empty() ? status.message() : str(status.message(), ": ", error));
  }

  // What the library complained of and the conversion got over explains no later failure.
  library.logger.take_error("");
  if (options.profiles) TRY(add_profiles(*builder, *config, draft, *options.profiles));
  Progress progress(options);
  config->setProgressMonitor(&progress);
  config->setProfilingVerbosity(trt::ProfilingVerbosity::kDETAILED);
  if (!library.settings.tf32) config->clearFlag(trt::BuilderFlag::kTF32);  // on by default
  config->setBuilderOptimizationLevel(library.settings.optimization_level);
  const Sparsity sparsity = count_sparse(*draft.graph);
  if (sparsity.sparse > 0) config->setFlag(trt::BuilderFlag::kSPARSE_WEIGHTS);
  timings.open(*config);
  const Owned<trt::IHostMemory> serialized = own(builder->buildSerializedNetwork(*network, *config));
  if (progress.cancelled()) return Status(Code::kCancelled, "the build was cancelled");
  if (!serialized) return failed(library, "TensorRT built no engine");
  timings.save(*config);
  const auto* bytes = static_cast<const std::byte*>(serialized->data());
  BuiltEngine out{{bytes, bytes + serialized->size()}, {{"timing cache", timings.note()}}};
  if (sparsity.products > 0) out.notes.emplace_back("sparse weights", str(sparsity.sparse, " of ", sparsity.products, " products"));
  return out;
}

}  // namespace mindird::engines::tensorrt

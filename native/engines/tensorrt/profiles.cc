#include "engines/tensorrt/profiles.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "engines/batch_rows.h"
#include "engines/tensorrt/convert.h"

namespace mindird::engines::tensorrt {
namespace {

using Selector = trt::OptProfileSelector;
constexpr std::array kSelectors = {Selector::kMIN, Selector::kOPT, Selector::kMAX};

Status failed(std::string message) { return {Code::kEngineFailed, std::move(message)}; }

}  // namespace

Status add_profiles(trt::IBuilder& builder, trt::IBuilderConfig& config, const NetworkDraft& draft, const BatchProfiles& profiles) {
  const ir::Graph& graph = *draft.graph;
  for (size_t p = 0; p < profiles.rows.size(); ++p) {
    trt::IOptimizationProfile* profile = builder.createOptimizationProfile();
    if (!profile) return failed("TensorRT made no optimisation profile");
    for (size_t i = 0; i < graph.inputs().size(); ++i) {
      Shape shape = graph.type(graph.inputs()[i]).shape;
      if (!draft.grows(shape)) continue;
      for (size_t d = 0; d < shape.rank(); ++d) {
        const auto dim = at_rows(shape[d], profiles.placeholder, profiles.rows[p]);
        if (!dim) return failed(str("input ", i, " has more than can be counted at a batch of ", profiles.rows[p]));
        shape[d] = *dim;
      }
      for (Selector selector : kSelectors) {
        if (!profile->setDimensions(input_name(i).c_str(), selector, trt_dims(shape)))
          return failed(str("TensorRT refused shape ", shape.text(), " for a profile"));
      }
    }
    if (!profile->isValid() || config.addOptimizationProfile(profile) != static_cast<int32_t>(p)) return failed("TensorRT refused an optimisation profile");
  }
  return {};
}

Result<int32_t> profile_index(const trt::ICudaEngine& engine, const ir::Graph& graph, const BuildOptions& options) {
  const std::vector<int64_t>& rows = options.profiles->rows;
  const auto at = std::find(rows.begin(), rows.end(), options.rows);
  if (at == rows.end()) return internal_error(str("no profile for a batch of ", options.rows));
  const auto index = static_cast<int32_t>(at - rows.begin());
  if (engine.getNbOptimizationProfiles() != static_cast<int32_t>(rows.size())) {
    return failed(str("the engine has ", engine.getNbOptimizationProfiles(), " profiles, want ", rows.size()));
  }
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    const Shape& want = graph.type(graph.inputs()[i]).shape;
    const std::string name = input_name(i);
    const Shape open = ir_shape(engine.getTensorShape(name.c_str()));
    if (open.known()) continue;
    for (Selector selector : kSelectors) {
      const Shape found = ir_shape(engine.getProfileShape(name.c_str(), index, selector));
      if (found != want) return failed(str("profile ", index, " has shape ", found.text(), " for ", name, ", want ", want.text()));
    }
  }
  return index;
}

Status select_profile(trt::IExecutionContext& context, int32_t profile, std::span<const Shape> inputs, std::span<const Shape> outputs, void* stream) {
  if (!context.setOptimizationProfileAsync(profile, static_cast<cudaStream_t>(stream))) return failed(str("TensorRT refused profile ", profile));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!context.setInputShape(input_name(i).c_str(), trt_dims(inputs[i])))
      return failed(str("TensorRT refused shape ", inputs[i].text(), " for ", input_name(i)));
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Shape found = ir_shape(context.getTensorShape(output_name(i).c_str()));
    if (found != outputs[i]) return failed(str(output_name(i), " has shape ", found.text(), " with profile ", profile, ", want ", outputs[i].text()));
  }
  return {};
}

}  // namespace mindird::engines::tensorrt

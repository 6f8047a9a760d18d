#include "ops/embedded/plugin.h"

#include "engines/tensorrt/builders.h"
#include "engines/tensorrt/plugins.h"

namespace mindird::engines::tensorrt {
namespace {

Verdict supports(const ir::Graph&, const ir::Node& node) { return plugin_verdict(static_cast<const ops::Plugin&>(*node.op)); }

/// The network keeps a clone of the plugin.
Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Owned<trt::IPluginV3> plugin, create_plugin(b.op<ops::Plugin>(), b.node().origin));
  std::vector<trt::ITensor*> inputs;
  for (size_t i = 0; i < b.inputs(); ++i) {
    inputs.push_back(b.input(i));
    if (!inputs.back()) return b.finish(inputs.back());
  }
  trt::IPluginV3Layer* layer = b.network().addPluginV3(inputs.data(), static_cast<int32_t>(inputs.size()), nullptr, 0, *plugin);
  if (!layer) return {Code::kEngineFailed, "TensorRT refused the plugin"};
  const size_t outputs = b.node().outputs.size();
  if (layer->getNbOutputs() != static_cast<int32_t>(outputs)) {
    return {Code::kEngineFailed, "the plugin has another number of outputs than the model declares"};
  }
  for (size_t i = 0; i < outputs; ++i) b.set_output(i, b.output_of(layer, static_cast<int32_t>(i)));
  return {};
}

REGISTER_BUILDER(Plugin, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

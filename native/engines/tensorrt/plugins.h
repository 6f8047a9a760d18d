// Plugins of the user: libraries given by tensorrt.plugins are loaded into TensorRT's registry, and Plugin nodes are made with the creators found there.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "engines/tensorrt/api/module.h"
#include "engines/tensorrt/nvinfer.h"
#include "ops/embedded/plugin.h"

namespace mindird::engines::tensorrt {

/// Loads the libraries through the registry of libnvinfer. One that cannot be loaded is logged and left out: nodes that need it say so.
void load_plugins(const ModuleArgs& args, const std::vector<std::string>& libraries);

/// Accepts when the registry has the creator that the node names, of the interface that can be used.
Verdict plugin_verdict(const ops::Plugin& op);

/// The plugin with the node's fields, for building a network; the caller owns it.
Result<Owned<trt::IPluginV3>> create_plugin(const ops::Plugin& op, const std::string& name);

}  // namespace mindird::engines::tensorrt

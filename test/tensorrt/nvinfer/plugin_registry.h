// The plugin registry of the test libnvinfer.
#pragma once

#include <string>

#include "defaults.h"

namespace mindird::test_nvinfer {

/// The creator registered under these names, or null.
nvinfer1::IPluginCreatorInterface* find_creator(const std::string& name, const std::string& version, const std::string& name_space);

nvinfer1::IPluginRegistry* plugin_registry();

}  // namespace mindird::test_nvinfer

// Which primitives a user's TensorRT plugins compute: said once per process (tensorrt.plugin_map), read when models are lowered.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace mindird::mindir {

struct PluginEntry {
  std::string primitive;
  std::string creator;
  std::string version = "1";
  std::string name_space;
  /// Plugin field and where it comes from: an attribute of the primitive or, as "#2", the positional input 2.
  std::vector<std::pair<std::string, std::string>> fields;
};

/// "MyOp=MyPlugin:2@space(alpha;axis=#1)": primitive, creator, then version (without it "1"), namespace and fields, each of which may be left out; a field
/// without a source is the attribute of the same name. Errors say what was wrong.
Result<PluginEntry> parse_plugin_entry(std::string_view text);

/// Replaces the map. Errors: a primitive twice.
Status set_plugin_map(std::vector<PluginEntry> entries);

/// The entry of a primitive, or null; stays valid while it is held.
std::shared_ptr<const PluginEntry> plugin_for(std::string_view primitive);

}  // namespace mindird::mindir

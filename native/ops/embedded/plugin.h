// Plugin: a primitive that a user's TensorRT plugin computes. Inputs are the primitive's tensors; the outputs have the types the model file declares.
// Attributes that come from outside are limited to characters that the text form of graphs can carry.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ir/op.h"

namespace mindird::ops {

/// One field of a plugin: whole numbers, numbers, or a text.
struct PluginFieldValue {
  std::string name;
  std::variant<std::vector<int64_t>, std::vector<double>, std::string> value;
};

/// "alpha=f:0.5;axes=i:1,2;mode=s:same". INVALID_ARGUMENT when a name or text holds other characters than letters, digits and "_.:/+-".
Result<std::string> plugin_fields_text(const std::vector<PluginFieldValue>& fields);
Result<std::vector<PluginFieldValue>> parse_plugin_fields(std::string_view text);

/// Whether a name can stand in the attributes of a Plugin node.
bool is_plugin_word(std::string_view word);

struct Plugin final : ir::Op {
  static constexpr std::string_view kId = "Plugin";
  /// The only engine that runs these nodes.
  static constexpr std::string_view kEngine = "tensorrt";

  std::string primitive;  // as in the model file
  std::string creator;    // the plugin's name in TensorRT's registry
  std::string version;
  std::string name_space;
  std::string fields;  // plugin_fields_text()
  std::string types;   // of the outputs: "f32[1,3];i32[2]"

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  /// UNSUPPORTED: only TensorRT runs plugins.
  Status evaluate(const ir::EvalArgs& args) const override;
  /// What a model is told whose node kEngine does not run, for its reason `why`; empty: it is not among the engines.
  Status refused(std::string_view why) const;
};

}  // namespace mindird::ops

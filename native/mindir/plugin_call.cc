#include "mindir/plugin_call.h"

#include <charconv>

#include "base/strings.h"
#include "ir/type_text.h"
#include "ops/embedded/plugin.h"

namespace mindird::mindir {
namespace {

/// Tensors of an item, depth first; numbers, texts and memory states are no inputs of a plugin.
Status collect_tensors(Call& call, const Item& item, std::vector<ir::ValueId>& out) {
  if (const Items* members = item.tuple()) {
    for (const Item& member : *members) TRY(collect_tensors(call, member, out));
    return {};
  }
  if (!item.as<Computed>() && !item.as<ConstantPtr>()) return {};
  TRY_ASSIGN(const ir::ValueId value, call.tensor_of(item));
  out.push_back(value);
  return {};
}

std::optional<std::vector<double>> numbers_of(const Item& item) {
  const Items* members = item.tuple();
  std::vector<double> out;
  if (!members) {
    const auto one = number_of(item);
    if (!one) return std::nullopt;
    return std::vector<double>{*one};
  }
  for (const Item& member : *members) {
    const auto one = number_of(member);
    if (!one) return std::nullopt;
    out.push_back(*one);
  }
  return out;
}

Result<ops::PluginFieldValue> field_of(const Call& call, const std::string& name, const std::string& source) {
  size_t position = kAttributeOnly;
  if (source.starts_with("#")) {
    const auto r = std::from_chars(source.data() + 1, source.data() + source.size(), position);
    if (r.ec != std::errc() || r.ptr != source.data() + source.size())
      return invalid_argument(str("plugin field ", name, ": input ", source, " is no position"));
  }
  const Item& item = source.starts_with("#") ? call.input(position) : call.argument(source);
  if (item.is_none()) return invalid_argument(str("plugin field ", name, ": the primitive has no ", source));
  if (const auto* text = item.as<std::string>()) return ops::PluginFieldValue{name, *text};
  if (const auto* flag = item.as<bool>()) return ops::PluginFieldValue{name, std::vector<int64_t>{*flag ? 1 : 0}};
  if (auto whole = integers_of(item)) return ops::PluginFieldValue{name, std::move(*whole)};
  if (auto real = numbers_of(item)) return ops::PluginFieldValue{name, std::move(*real)};
  return unsupported(str("plugin field ", name, " is ", item.text(), ", want numbers or a text"));
}

/// "f32[1,3];i32[2]" from the file's declaration.
Result<std::string> output_types(const Call& call, const std::vector<ir::ValueId>& inputs) {
  ir::Types out;
  for (const Leaf& leaf : call.declared()) {
    if (!leaf.is_tensor || !leaf.dtype || !leaf.rank_known) return unsupported("the file does not declare the type of every output of this plugin");
    std::vector<int64_t> dims = leaf.dims;
    const bool first = !dims.empty() && dims[0] < 0 && !inputs.empty() && call.rank(inputs[0]) > 0;
    if (first) dims[0] = call.shape(inputs[0])[0];
    const TensorType type{*leaf.dtype, Shape(std::move(dims))};
    if (!type.shape.known()) return unsupported(str("the file declares output type ", type.text(), ", a plugin wants known sizes"));
    out.push_back(type);
  }
  if (out.empty()) return unsupported("the file declares no output of this plugin");
  return ir::types_text(out);
}

}  // namespace

Result<Item> lower_plugin(Call& call, const PluginEntry& plugin) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < call.input_count(); ++i) TRY(collect_tensors(call, call.input(i), inputs));
  auto op = std::make_shared<ops::Plugin>();
  op->primitive = plugin.primitive;
  op->creator = plugin.creator;
  op->version = plugin.version;
  op->name_space = plugin.name_space;
  std::vector<ops::PluginFieldValue> fields;
  for (const auto& [name, source] : plugin.fields) {
    TRY_ASSIGN(ops::PluginFieldValue field, field_of(call, name, source));
    fields.push_back(std::move(field));
  }
  TRY_ASSIGN(op->fields, ops::plugin_fields_text(fields));
  TRY_ASSIGN(op->types, output_types(call, inputs));
  TRY_ASSIGN(const std::vector<ir::ValueId> values, call.emit_all(std::move(op), std::move(inputs)));
  if (values.size() == 1) return Item(Computed{values[0]});
  Items items;
  for (ir::ValueId value : values) items.emplace_back(Computed{value});
  return make_tuple(std::move(items));
}

}  // namespace mindird::mindir

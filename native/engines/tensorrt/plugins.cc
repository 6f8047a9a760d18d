#include "engines/tensorrt/plugins.h"

#include <dlfcn.h>

#include <cstring>
#include <deque>

#include "base/strings.h"

namespace mindird::engines::tensorrt {
namespace {

/// The only interface of creators that both majors keep for the future; older ones are refused by name.
constexpr std::string_view kCreatorKind = "PLUGIN CREATOR_V3ONE";

trt::IPluginRegistry* registry = nullptr;

/// The creator, or why there is none that can be used.
Result<trt::IPluginCreatorV3One*> find_creator(const ops::Plugin& op) {
  const std::string what = str("plugin ", op.creator, " version ", op.version, op.name_space.empty() ? "" : " in namespace ", op.name_space);
  trt::IPluginCreatorInterface* const found = registry ? registry->getCreator(op.creator.c_str(), op.version.c_str(), op.name_space.c_str()) : nullptr;
  if (!found) return unsupported(str(what, " is not registered (tensorrt.plugins names the libraries to load)"));
  const char* const kind = found->getInterfaceInfo().kind;
  if (kCreatorKind != kind) return unsupported(str(what, " has a creator of kind ", kind, ", want ", kCreatorKind));
  return static_cast<trt::IPluginCreatorV3One*>(found);
}

trt::PluginFieldType natural_type(const ops::PluginFieldValue& field) {
  if (std::holds_alternative<std::vector<int64_t>>(field.value)) return trt::PluginFieldType::kINT32;
  return std::holds_alternative<std::vector<double>>(field.value) ? trt::PluginFieldType::kFLOAT32 : trt::PluginFieldType::kCHAR;
}

/// The type in which the creator wants a field, or the natural one of its value where the creator does not list it.
trt::PluginFieldType wanted_type(trt::IPluginCreatorV3One& creator, const ops::PluginFieldValue& field) {
  const trt::PluginFieldCollection* const known = creator.getFieldNames();
  for (int32_t i = 0; known && i < known->nbFields; ++i) {
    if (field.name == known->fields[i].name && known->fields[i].type != trt::PluginFieldType::kUNKNOWN) return known->fields[i].type;
  }
  return natural_type(field);
}

template <class T>
std::vector<std::byte> bytes_as(const ops::PluginFieldValue& field) {
  std::vector<std::byte> out;
  const auto append = [&out](const auto& values) {
    for (auto value : values) {
      const T element = static_cast<T>(value);
      const auto* bytes = reinterpret_cast<const std::byte*>(&element);
      out.insert(out.end(), bytes, bytes + sizeof element);
    }
  };
  if (const auto* whole = std::get_if<std::vector<int64_t>>(&field.value)) append(*whole);
  if (const auto* real = std::get_if<std::vector<double>>(&field.value)) append(*real);
  return out;
}

/// The field's contents in a type of the registry; nothing when the value cannot be that.
std::optional<std::vector<std::byte>> field_bytes(const ops::PluginFieldValue& field, trt::PluginFieldType type) {
  const auto* text = std::get_if<std::string>(&field.value);
  if ((type == trt::PluginFieldType::kCHAR) != (text != nullptr)) return std::nullopt;
  switch (type) {
    case trt::PluginFieldType::kCHAR: {
      const auto* begin = reinterpret_cast<const std::byte*>(text->c_str());
      return std::vector<std::byte>(begin, begin + text->size() + 1);
    }
    case trt::PluginFieldType::kFLOAT32: return bytes_as<float>(field);
    case trt::PluginFieldType::kFLOAT64: return bytes_as<double>(field);
    case trt::PluginFieldType::kINT8: return bytes_as<int8_t>(field);
    case trt::PluginFieldType::kINT16: return bytes_as<int16_t>(field);
    case trt::PluginFieldType::kINT32: return bytes_as<int32_t>(field);
    case trt::PluginFieldType::kINT64: return bytes_as<int64_t>(field);
    default: return std::nullopt;
  }
}

size_t element_size(trt::PluginFieldType type) {
  switch (type) {
    case trt::PluginFieldType::kFLOAT64:
    case trt::PluginFieldType::kINT64: return 8;
    case trt::PluginFieldType::kINT16: return 2;
    case trt::PluginFieldType::kINT8:
    case trt::PluginFieldType::kCHAR: return 1;
    default: return 4;
  }
}

}  // namespace

void load_plugins(const ModuleArgs& args, const std::vector<std::string>& libraries) {
  using RegistryFunction = trt::IPluginRegistry* (*)();
  const auto get = reinterpret_cast<RegistryFunction>(dlsym(args.nvinfer, "getPluginRegistry"));
  registry = get ? get() : nullptr;
  if (!registry && !libraries.empty()) args.log(LogLevel::kWarn, "tensorrt.plugins: libnvinfer has no plugin registry");
  for (const std::string& library : libraries) {
    if (registry && !registry->loadLibrary(library.c_str())) args.log(LogLevel::kWarn, str("tensorrt.plugins: TensorRT cannot load ", library).c_str());
  }
}

Verdict plugin_verdict(const ops::Plugin& op) {
  const auto creator = find_creator(op);
  return creator.ok() ? Verdict::accept() : Verdict::refuse(creator.status().message());
}

Result<Owned<trt::IPluginV3>> create_plugin(const ops::Plugin& op, const std::string& name) {
  TRY_ASSIGN(trt::IPluginCreatorV3One* const creator, find_creator(op));
  TRY_ASSIGN(const std::vector<ops::PluginFieldValue> values, ops::parse_plugin_fields(op.fields));
  std::deque<std::vector<std::byte>> contents;
  std::vector<trt::PluginField> fields;
  for (const ops::PluginFieldValue& value : values) {
    const trt::PluginFieldType type = wanted_type(*creator, value);
    auto bytes = field_bytes(value, type);
    if (!bytes)
      return unsupported(str("plugin ", op.creator, ": field ", value.name, " does not fit the type the plugin wants (", static_cast<int>(type), ")"));
    const std::vector<std::byte>& kept = contents.emplace_back(std::move(*bytes));
    fields.emplace_back(value.name.c_str(), kept.data(), type, static_cast<int32_t>(kept.size() / element_size(type)));
  }
  const trt::PluginFieldCollection collection{static_cast<int32_t>(fields.size()), fields.data()};
  Owned<trt::IPluginV3> plugin(creator->createPlugin(name.c_str(), &collection, trt::TensorRTPhase::kBUILD));
  if (!plugin) return Status(Code::kEngineFailed, str("plugin ", op.creator, " refused its fields"));
  return plugin;
}

}  // namespace mindird::engines::tensorrt

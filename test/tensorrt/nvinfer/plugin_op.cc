#include "plugin_op.h"

#include <memory>
#include <sstream>

#include "base/strings.h"
#include "engines/tensorrt/types.h"
#include "ops/embedded/plugin.h"
#include "plugin_registry.h"

namespace mindird::test_nvinfer {
namespace {

using namespace nvinfer1;

size_t element_size(PluginFieldType type) {
  switch (type) {
    case PluginFieldType::kFLOAT64:
    case PluginFieldType::kINT64: return 8;
    case PluginFieldType::kFLOAT32:
    case PluginFieldType::kINT32: return 4;
    case PluginFieldType::kCHAR:
    case PluginFieldType::kINT8: return 1;
    default: missing("plugin fields of this type");
  }
}

struct Field {
  std::string name;
  PluginFieldType type;
  int32_t length;
  std::vector<char> data;
};

std::vector<Field> read_fields(const std::string& text) {
  std::vector<Field> out;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ';');) {
    std::istringstream parts(item);
    std::string name;
    std::string type;
    std::string length;
    std::string hex;
    std::getline(parts, name, ':');
    std::getline(parts, type, ':');
    std::getline(parts, length, ':');
    std::getline(parts, hex, ':');
    Field field{name, static_cast<PluginFieldType>(std::stoi(type)), std::stoi(length), {}};
    for (size_t i = 0; i + 1 < hex.size(); i += 2) field.data.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    out.push_back(std::move(field));
  }
  return out;
}

PluginTensorDesc describe(const TensorType& type) {
  PluginTensorDesc out{};
  out.dims = engines::tensorrt::trt_dims(type.shape);
  out.type = *engines::tensorrt::trt_type(type.dtype);
  out.format = TensorFormat::kLINEAR;
  out.scale = 1;
  return out;
}

}  // namespace

std::string serialized_fields(const PluginFieldCollection& fields) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (int32_t i = 0; i < fields.nbFields; ++i) {
    const PluginField& f = fields.fields[i];
    out += str(i ? ";" : "", f.name, ':', static_cast<int>(f.type), ':', f.length, ':');
    const auto* bytes = static_cast<const unsigned char*>(f.data);
    for (size_t b = 0; b < element_size(f.type) * static_cast<size_t>(f.length); ++b) {
      out += kDigits[bytes[b] >> 4U];
      out += kDigits[bytes[b] & 15U];
    }
  }
  return out;
}

void RunPlugin::attributes(ir::AttributeVisitor& v) {
  v.field("creator", creator);
  v.field("version", version);
  v.field("name_space", name_space);
  v.field("fields", fields);
  v.field("types", types);
}

Result<ir::Types> RunPlugin::infer(std::span<const TensorType> in) const {
  ops::Plugin plugin;
  plugin.creator = creator;
  plugin.types = types;
  return plugin.infer(in);
}

Status RunPlugin::evaluate(const ir::EvalArgs& args) const {
  auto* const found = static_cast<IPluginCreatorV3One*>(find_creator(creator, version, name_space));
  if (!found) return unsupported(str("plugin ", creator, " is not registered"));
  const std::vector<Field> kept = read_fields(fields);
  std::vector<PluginField> list;
  for (const Field& f : kept) list.emplace_back(f.name.c_str(), f.data.data(), f.type, f.length);
  const PluginFieldCollection collection{static_cast<int32_t>(list.size()), list.data()};
  const std::unique_ptr<IPluginV3> made(found->createPlugin("run", &collection, TensorRTPhase::kRUNTIME));
  if (!made) return unsupported(str("plugin ", creator, " refused its fields"));
  auto* const runtime = static_cast<IPluginV3OneRuntime*>(made->getCapabilityInterface(PluginCapabilityType::kRUNTIME));
  std::vector<PluginTensorDesc> in;
  std::vector<PluginTensorDesc> out;
  std::vector<const void*> from;
  std::vector<void*> to;
  for (const mindird::Tensor& t : args.inputs) {
    in.push_back(describe(t.type));
    from.push_back(t.data);
  }
  for (const mindird::Tensor& t : args.outputs) {
    out.push_back(describe(t.type));
    to.push_back(t.data);
  }
  if (runtime->onShapeChange(in.data(), static_cast<int32_t>(in.size()), out.data(), static_cast<int32_t>(out.size())) != 0)
    return unsupported("the plugin refused its shapes");
  if (runtime->enqueue(in.data(), out.data(), from.data(), to.data(), nullptr, nullptr) != 0) return unsupported("the plugin did not run");
  return {};
}

REGISTER_OP(RunPlugin);

}  // namespace mindird::test_nvinfer

#include "ops/embedded/plugin.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "ir/type_text.h"

namespace mindird::ops {
namespace {

/// More outputs than any plugin has.
constexpr size_t kMostOutputs = 64;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

template <class T>
Result<std::vector<T>> numbers(std::string_view text) {
  std::vector<T> out;
  for (std::string_view item : split(text, ',')) {
    T value{};
    const auto r = std::from_chars(item.data(), item.data() + item.size(), value);
    if (r.ec != std::errc() || r.ptr != item.data() + item.size()) return invalid_argument(str("\"", item, "\" is not a number"));
    out.push_back(value);
  }
  return out;
}

template <class T>
std::string number_list(const std::vector<T>& values) {
  std::string out;
  for (T value : values) {
    char buffer[40];
    out += out.empty() ? "" : ",";
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  }
  return out;
}

std::string value_text(const PluginFieldValue& field) {
  if (const auto* whole = std::get_if<std::vector<int64_t>>(&field.value)) return "i:" + number_list(*whole);
  if (const auto* real = std::get_if<std::vector<double>>(&field.value)) return "f:" + number_list(*real);
  return "s:" + std::get<std::string>(field.value);
}

}  // namespace

bool is_plugin_word(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_.:/+-").find(c) != std::string_view::npos;
  });
}

Result<std::string> plugin_fields_text(const std::vector<PluginFieldValue>& fields) {
  std::string out;
  for (const PluginFieldValue& field : fields) {
    const auto* text = std::get_if<std::string>(&field.value);
    if (field.name.empty() || !is_plugin_word(field.name))
      return invalid_argument(str("plugin field \"", field.name, "\" has a name of other characters than letters, digits and _.:/+-"));
    if (text && !is_plugin_word(*text))
      return invalid_argument(str("plugin field ", field.name, " is a text of other characters than letters, digits and _.:/+-"));
    out += str(out.empty() ? "" : ";", field.name, '=', value_text(field));
  }
  return out;
}

Result<std::vector<PluginFieldValue>> parse_plugin_fields(std::string_view text) {
  std::vector<PluginFieldValue> out;
  for (std::string_view item : split(text, ';')) {
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0 || item.size() < equals + 3 || item[equals + 2] != ':')
      return invalid_argument(str("plugin field \"", item, "\", want name=kind:value"));
    PluginFieldValue field{std::string(item.substr(0, equals)), {}};
    const std::string_view value = item.substr(equals + 3);
    switch (item[equals + 1]) {
      case 'i': {
        TRY_ASSIGN(field.value, numbers<int64_t>(value));
        break;
      }
      case 'f': {
        TRY_ASSIGN(field.value, numbers<double>(value));
        break;
      }
      case 's': field.value = std::string(value); break;
      default: return invalid_argument(str("plugin field \"", item, "\" has kind ", item[equals + 1], ", want i, f or s"));
    }
    out.push_back(std::move(field));
  }
  return out;
}

void Plugin::attributes(ir::AttributeVisitor& v) {
  v.field("primitive", primitive);
  v.field("creator", creator);
  v.field("version", version);
  v.field("name_space", name_space);
  v.field("fields", fields);
  v.field("types", types);
}

Result<ir::Types> Plugin::infer(std::span<const TensorType>) const {
  TRY_ASSIGN(ir::Types out, ir::parse_types(types));
  if (out.empty() || out.size() > kMostOutputs) return invalid_argument(str("plugin ", creator, " has ", out.size(), " outputs, want 1 to ", kMostOutputs));
  for (const TensorType& type : out) {
    if (!type.shape.known() || !type.checked_bytes()) return invalid_argument(str("output type ", type.text(), ", want sizes that are known"));
  }
  return out;
}

Status Plugin::refused(std::string_view why) const {
  return unsupported(str("primitive ", primitive, " is mapped to a TensorRT plugin, which nothing else can replace: ",
                         why.empty() ? std::string_view("TensorRT is not among the engines") : why));
}

Status Plugin::evaluate(const ir::EvalArgs&) const {
  return unsupported(str("primitive ", primitive, " is computed by the TensorRT plugin ", creator, " alone, and this node does not run on TensorRT"));
}

REGISTER_OP(Plugin);

}  // namespace mindird::ops

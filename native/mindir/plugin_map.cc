#include "mindir/plugin_map.h"

#include <map>
#include <mutex>

#include "base/strings.h"
#include "ops/embedded/plugin.h"

namespace mindird::mindir {
namespace {

struct Map {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const PluginEntry>, std::less<>> entries;
};

Map& map() {
  static auto* const made = new Map();
  return *made;
}

/// Takes what stands before the first of `ends` off the front of the text.
std::string take_until(std::string_view& text, std::string_view ends) {
  const size_t end = std::min(text.find_first_of(ends), text.size());
  std::string out(text.substr(0, end));
  text.remove_prefix(end);
  return out;
}

Status want_word(std::string_view what, std::string_view word) {
  if (!word.empty() && ops::is_plugin_word(word)) return {};
  return invalid_argument(str(what, " is \"", word, "\", want letters, digits and _.:/+-"));
}

Status read_fields(std::string_view text, PluginEntry& entry) {
  while (!text.empty()) {
    std::string field = take_until(text, ";");
    if (!text.empty()) text.remove_prefix(1);
    const size_t equals = field.find('=');
    std::string source = equals == std::string::npos ? field : field.substr(equals + 1);
    field = field.substr(0, equals);
    TRY(want_word("a field", field));
    TRY(want_word(str("the source of field ", field), source.starts_with("#") ? std::string_view(source).substr(1) : source));
    entry.fields.emplace_back(std::move(field), std::move(source));
  }
  return {};
}

Result<PluginEntry> read_entry(std::string_view text) {
  PluginEntry entry;
  entry.primitive = take_until(text, "=");
  TRY(want_word("the primitive", entry.primitive));
  if (text.empty()) return invalid_argument("want primitive=creator");
  text.remove_prefix(1);
  entry.creator = take_until(text, ":@(");
  TRY(want_word("the creator", entry.creator));
  if (text.starts_with(":")) {
    text.remove_prefix(1);
    entry.version = take_until(text, "@(");
    TRY(want_word("the version", entry.version));
  }
  if (text.starts_with("@")) {
    text.remove_prefix(1);
    entry.name_space = take_until(text, "(");
    TRY(want_word("the namespace", entry.name_space));
  }
  if (text.empty()) return entry;
  if (!text.ends_with(")")) return invalid_argument("the fields have no closing parenthesis");
  TRY(read_fields(text.substr(1, text.size() - 2), entry));
  return entry;
}

}  // namespace

Result<PluginEntry> parse_plugin_entry(std::string_view text) { return read_entry(text).with(str("plugin_map: \"", text, '"')); }

Status set_plugin_map(std::vector<PluginEntry> entries) {
  std::map<std::string, std::shared_ptr<const PluginEntry>, std::less<>> fresh;
  for (PluginEntry& entry : entries) {
    const std::string primitive = entry.primitive;
    if (!fresh.emplace(primitive, std::make_shared<const PluginEntry>(std::move(entry))).second)
      return invalid_argument(str("plugin_map: primitive ", primitive, " occurs twice"));
  }
  const std::lock_guard lock(map().mutex);
  map().entries = std::move(fresh);
  return {};
}

std::shared_ptr<const PluginEntry> plugin_for(std::string_view primitive) {
  const std::lock_guard lock(map().mutex);
  const auto it = map().entries.find(primitive);
  return it == map().entries.end() ? nullptr : it->second;
}

}  // namespace mindird::mindir

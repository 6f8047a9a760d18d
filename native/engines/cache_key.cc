#include "engines/cache_key.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace mindird::engines {
namespace {

/// Longest name or value that is quoted; what stands in a file of the cache may be anything.
constexpr size_t kMostText = 120;

using Parts = std::vector<std::pair<std::string, std::string>>;

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMostText));
  std::replace_if(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return out;
}

/// Of "a=1;b=2": (a, 1) and (b, 2). A part without "=" is named `nameless`.
void add_parts(std::string_view list, char separator, const char* nameless, Parts& out) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(separator), list.size());
    const std::string_view part = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      out.emplace_back(nameless, printable(part));
    } else {
      out.emplace_back(printable(trim(part.substr(0, equals))), printable(trim(part.substr(equals + 1))));
    }
  }
}

Parts parts_of(std::string_view text) {
  Parts out;
  const size_t end = std::min(text.find('\n'), text.size());
  add_parts(text.substr(0, end), ';', "version", out);
  add_parts(text.substr(std::min(end + 1, text.size())), ',', "option", out);
  return out;
}

const std::string* find(const Parts& parts, const std::string& name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const auto& p) { return p.first == name; });
  return found == parts.end() ? nullptr : &found->second;
}

void add(std::string& list, const std::string& name, const std::string* value) {
  list += str(list.empty() ? "" : ", ", value ? "" : "no ", name, value ? " " : "", value ? *value : std::string());
}

}  // namespace

Hash128 CacheKey::hash() const { return Hasher().number(graph.high).number(graph.low).text(engine).text(fingerprint).text(options).digest(); }

std::string CacheKey::text() const { return str(fingerprint, '\n', options); }

KeyDifference difference(const CacheKey& here, std::string_view there) {
  const Parts ours = parts_of(here.text());
  const Parts theirs = parts_of(there);
  KeyDifference out;
  const auto note = [&out](const std::string& name, const std::string* a, const std::string* b) {
    ++out.parts;
    add(out.there, name, b);
    add(out.here, name, a);
  };
  for (const auto& [name, value] : ours) {
    const std::string* const other = find(theirs, name);
    if (!other || *other != value) note(name, &value, other);
  }
  for (const auto& [name, value] : theirs) {
    if (!find(ours, name)) note(name, nullptr, &value);
  }
  return out;
}

}  // namespace mindird::engines

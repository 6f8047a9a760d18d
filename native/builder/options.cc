#include "builder/options.h"

#include <charconv>

#include "base/strings.h"

namespace mindird::builder {

Result<Options> Options::parse(std::span<char*> words, std::span<const std::string_view> known) {
  Options out;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with("--")) {
      out.words_.emplace_back(word);
      continue;
    }
    const std::string_view name = word.substr(2);
    bool flag = false;
    bool found = false;
    for (const std::string_view entry : known) {
      flag = flag || (entry.ends_with('!') && entry.substr(0, entry.size() - 1) == name);
      found = found || flag || entry == name;
    }
    if (!found) return invalid_argument(str("unknown option ", word));
    if (!flag && i + 1 == words.size()) return invalid_argument(str(word, ": has no value"));
    out.values_[std::string(name)] = flag ? "" : words[++i];
  }
  return out;
}

std::string Options::get(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return std::string(found == values_.end() ? otherwise : found->second);
}

Result<int64_t> Options::number(std::string_view name, int64_t otherwise, int64_t least, int64_t most) const {
  if (!has(name)) return otherwise;
  const std::string text = get(name);
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < least || value > most) {
    return invalid_argument(str("--", name, " is ", text, ", want a number from ", least, " to ", most));
  }
  return value;
}

}  // namespace mindird::builder

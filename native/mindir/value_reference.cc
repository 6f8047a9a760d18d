// A text is KIND ":" EXPRESSION, an optional comma behind it; an EXPRESSION is a name, or Tuple[…] or List[…] of expressions, each with a comma
// behind it.
#include "mindir/value_reference.h"

#include <array>

#include "base/strings.h"
#include "mindir/names.h"

namespace mindird::mindir {
namespace {

constexpr std::array<std::string_view, 2> kSequences = {"Tuple[", "List["};

std::string_view expression_of(std::string_view reference) {
  const size_t colon = reference.find(':');
  return colon == std::string_view::npos ? std::string_view() : reference.substr(colon + 1);
}

/// Recursive descent over one text; every value is handed out once.
class Arrangement {
 public:
  Arrangement(std::string_view text, std::vector<Item>& values) : text_(text), values_(values) {}

  bool parse(Item& out) {
    if (!expression(out, 0)) return false;
    skip(",");
    return text_.empty() && next_ == values_.size();
  }

 private:
  bool skip(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  bool expression(Item& out, uint32_t depth) {
    if (depth >= kMaxTupleDepth) return false;
    for (const std::string_view sequence : kSequences) {
      if (skip(sequence)) return members(out, depth);
    }
    const size_t end = text_.find_first_of("[],");
    if (text_.empty() || end == 0 || next_ == values_.size()) return false;
    text_.remove_prefix(std::min(end, text_.size()));
    out = std::move(values_[next_++]);
    return true;
  }

  bool members(Item& out, uint32_t depth) {
    Items items;
    while (!skip("]")) {
      Item member;
      if (!expression(member, depth + 1)) return false;
      items.push_back(std::move(member));
      if (!skip(",") && !text_.starts_with(']')) return false;
    }
    out = make_tuple(std::move(items));
    return true;
  }

  std::string_view text_;
  std::vector<Item>& values_;
  size_t next_ = 0;
};

}  // namespace

std::string_view reference_kind(std::string_view reference) { return reference.substr(0, reference.find(':')); }

std::vector<std::string_view> reference_names(std::string_view reference) {
  std::vector<std::string_view> out;
  std::string_view text = expression_of(reference);
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("[],"), text.size());
    if (end > 0 && (end == text.size() || text[end] != '[')) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Item arrange(std::string_view reference, std::vector<Item> values) {
  Item out;
  if (Arrangement(expression_of(reference), values).parse(out)) return out;
  return Unavailable{str("values that do not fit their description \"", printable(reference.substr(0, 64)), "\"")};
}

}  // namespace mindird::mindir

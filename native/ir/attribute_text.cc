#include "ir/attribute_text.h"

#include <charconv>
#include <cmath>
#include <map>

#include "base/strings.h"

namespace mindird::ir {
namespace {

class Writer final : public AttributeVisitor {
 public:
  void field(std::string_view name, int64_t& v) override { add(name, std::to_string(v)); }
  void field(std::string_view name, bool& v) override { add(name, v ? "true" : "false"); }
  void field(std::string_view name, DType& v) override { add(name, std::string(dtype_name(v))); }
  void field(std::string_view name, std::string& v) override { add(name, '"' + v + '"'); }
  void field(std::string_view name, std::vector<int64_t>& v) override { add(name, list_text<int64_t>(v)); }
  void field(std::string_view name, double& v) override {
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    add(name, std::string(buffer, end));
  }
  void choice(std::string_view name, int64_t& index, std::span<const std::string_view> names) override {
    add(name, std::string(names[static_cast<size_t>(index)]));
  }
  std::string finish() && { return text_.empty() ? text_ : text_ + "}"; }

 private:
  void add(std::string_view name, const std::string& value) {
    text_ += text_.empty() ? "{" : ", ";
    text_ += name;
    text_ += '=';
    text_ += value;
  }
  std::string text_;
};

/// The beginning of a text that may be as long as a file.
std::string shown(std::string_view text) {
  constexpr size_t kMost = 80;
  return text.size() > kMost ? str(text.substr(0, kMost), "…") : std::string(text);
}

class Reader final : public AttributeVisitor {
 public:
  explicit Reader(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}

  void field(std::string_view name, int64_t& v) override { number(name, v); }
  void field(std::string_view name, double& v) override { number(name, v); }
  void field(std::string_view name, bool& v) override {
    if (const std::string* text = take(name)) {
      if (*text != "true" && *text != "false") return fail(name, *text, "true or false");
      v = *text == "true";
    }
  }
  void field(std::string_view name, DType& v) override {
    if (const std::string* text = take(name)) {
      const auto dtype = parse_dtype(*text);
      if (!dtype) return fail(name, *text, "an element type");
      v = *dtype;
    }
  }
  void field(std::string_view name, std::string& v) override {
    if (const std::string* text = take(name)) {
      if (text->size() < 2 || text->front() != '"' || text->back() != '"') return fail(name, *text, "a quoted text");
      v = text->substr(1, text->size() - 2);
    }
  }
  void field(std::string_view name, std::vector<int64_t>& v) override {
    if (const std::string* text = take(name)) read_list(name, *text, v);
  }
  void choice(std::string_view name, int64_t& index, std::span<const std::string_view> names) override {
    const std::string* text = take(name);
    if (!text) return;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == *text) {
        index = static_cast<int64_t>(i);
        return;
      }
    }
    fail(name, *text, "one of the known names");
  }
  Status finish() {
    if (status_.ok() && !values_.empty()) return invalid_argument(str("unknown attribute ", shown(values_.begin()->first)));
    return status_;
  }

 private:
  const std::string* take(std::string_view name) {
    const auto it = values_.find(name);
    if (it == values_.end()) return nullptr;
    taken_ = it->second;
    values_.erase(it);
    return &taken_;
  }
  template <class T>
  void number(std::string_view name, T& v) {
    if (const std::string* text = take(name)) {
      const auto r = std::from_chars(text->data(), text->data() + text->size(), v);
      if (r.ec != std::errc() || r.ptr != text->data() + text->size()) fail(name, *text, "a number");
    }
  }
  void read_list(std::string_view name, const std::string& text, std::vector<int64_t>& v) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return fail(name, text, "a list like [1,2]");
    v.clear();
    const char* p = text.data() + 1;
    const char* end = text.data() + text.size() - 1;
    while (p < end) {
      int64_t n = 0;
      const auto r = std::from_chars(p, end, n);
      if (r.ec != std::errc() || (r.ptr != end && *r.ptr != ',')) return fail(name, text, "a list like [1,2]");
      v.push_back(n);
      p = r.ptr == end ? end : r.ptr + 1;
    }
  }
  void fail(std::string_view name, const std::string& found, std::string_view wanted) {
    if (status_.ok()) status_ = invalid_argument(str("attribute ", name, ": found ", shown(found), ", want ", wanted));
  }

  std::map<std::string, std::string, std::less<>> values_;
  std::string taken_;
  Status status_;
};

/// Splits "{a=1, b=[1,2]}" at the commas outside brackets and quotes.
Result<std::map<std::string, std::string, std::less<>>> split(std::string_view text) {
  std::map<std::string, std::string, std::less<>> out;
  if (text.empty() || text == "{}") return out;
  if (text.front() != '{' || text.back() != '}') return invalid_argument("attributes: want {name=value, …}");
  text = text.substr(1, text.size() - 2);
  size_t start = 0;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '"') quoted = !quoted;
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c != ',' || ((depth > 0 || quoted) && i < text.size())) continue;
    std::string_view item = text.substr(start, i - start);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    const size_t eq = item.find('=');
    if (eq == std::string_view::npos || eq == 0) return invalid_argument(str("attributes: found \"", shown(item), "\", want name=value"));
    if (!out.emplace(item.substr(0, eq), item.substr(eq + 1)).second) return invalid_argument(str("attribute ", shown(item.substr(0, eq)), " given twice"));
    start = i + 1;
  }
  return out;
}

}  // namespace

std::string attribute_text(const Op& op) {
  Writer writer;
  // The visitor only reads here; attributes() is non-const because the parser writes through it.
  const_cast<Op&>(op).attributes(writer);
  return std::move(writer).finish();
}

Status parse_attributes(Op& op, std::string_view text) {
  TRY_ASSIGN(auto values, split(text));
  Reader reader(std::move(values));
  op.attributes(reader);
  return reader.finish();
}

}  // namespace mindird::ir

// Reads the text form of graphs (see print.cc). One statement per line, but for graphs inside, which go to the node that follows. Errors carry the line number.
// Constants given by hash alone cannot be read back: only their printing with values can.
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "ir/attribute_text.h"
#include "ir/constant_text.h"
#include "ir/graph.h"
#include "ir/type_text.h"

namespace mindird::ir {
namespace {

constexpr size_t kMaxLines = 1'000'000;

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\r')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

/// Splits at commas outside brackets.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> out;
  int depth = 0;
  size_t start = 0;
  if (trim(text).empty()) return out;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '[') ++depth;
    if (i < text.size() && text[i] == ']') --depth;
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      out.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  return out;
}

/// What is still to be read, line by line.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  /// The next line that says something; nothing at the end.
  std::optional<std::string_view> next() {
    while (!text_.empty() && number_ < kMaxLines) {
      const size_t end = text_.find('\n');
      const std::string_view line = trim(text_.substr(0, end));
      text_ = end == std::string_view::npos ? std::string_view() : text_.substr(end + 1);
      ++number_;
      if (!line.empty() && line.front() != '#') return line;
    }
    return std::nullopt;
  }
  /// Of the last line, counted from 1.
  size_t number() const { return number_; }

 private:
  std::string_view text_;
  size_t number_ = 0;
};

class Parser {
 public:
  Parser(Lines& lines, int depth) : lines_(lines), depth_(depth) {}

  /// `line`: the first one, where it has been read already.
  Result<Graph> run(std::optional<std::string_view> line = std::nullopt) {
    if (!line) line = lines_.next();
    for (; line; line = lines_.next()) {
      TRY(statement(*line));
      if (closed_) break;
    }
    if (!closed_) return invalid_argument("the graph has no closing brace");
    if (!bodies_.empty()) return at_line(invalid_argument("a graph that belongs to no node"));
    TRY(finish());
    return std::move(graph_);
  }

 private:
  Status at_line(Status status) const { return std::move(status).with(str("line ", lines_.number())); }

  Status statement(std::string_view line) {
    if (!opened_ || !line.starts_with("graph ")) {
      Status status = plain_statement(line);
      return status.ok() ? status : at_line(std::move(status));
    }
    if (depth_ >= kMaxBodyDepth) return at_line(invalid_argument(str("graphs nest deeper than ", kMaxBodyDepth)));
    TRY_ASSIGN(Graph body, Parser(lines_, depth_ + 1).run(line));
    bodies_.push_back(std::make_shared<const Graph>(std::move(body)));
    return {};
  }

  Status plain_statement(std::string_view line) {
    if (!opened_) return header(line);
    if (line == "}") {
      closed_ = true;
      return {};
    }
    const size_t eq = line.find(" = ");
    if (eq == std::string_view::npos) return invalid_argument("want name = …");
    const std::string_view right = trim(line.substr(eq + 3));
    if (right.starts_with("const ")) return constant(trim(line.substr(0, eq)), right.substr(6));
    return node(split_list(line.substr(0, eq)), right);
  }

  Status header(std::string_view line) {
    const size_t open = line.find('(');
    const size_t close = line.find(") -> (");
    if (!line.starts_with("graph ") || open == std::string_view::npos || close == std::string_view::npos || !line.ends_with(") {") || close < open) {
      return invalid_argument("want graph NAME(inputs) -> (outputs) {");
    }
    graph_.name = trim(line.substr(6, open - 6));
    for (std::string_view item : split_list(line.substr(open + 1, close - open - 1))) {
      const size_t colon = item.find(':');
      if (colon == std::string_view::npos) return invalid_argument(str("input \"", item, "\" has no type"));
      TRY_ASSIGN(TensorType type, parse_type(trim(item.substr(colon + 1))));
      TRY(define(trim(item.substr(0, colon)), graph_.add_input(trim(item.substr(0, colon)), type)));
    }
    for (std::string_view item : split_list(line.substr(close + 6, line.size() - close - 6 - 3))) outputs_.emplace_back(item);
    opened_ = true;
    return {};
  }

  Status constant(std::string_view name, std::string_view right) {
    const size_t eq = right.find(" = ");
    if (eq == std::string_view::npos) return invalid_argument(str("constant ", name, " has no values, want const TYPE = {…}"));
    TRY_ASSIGN(TensorType type, parse_type(trim(right.substr(0, eq))));
    TRY_ASSIGN(ConstantPtr value, parse_constant_values(type, right.substr(eq + 3)));
    return define(name, graph_.add_constant(std::move(value), name));
  }

  Status node(const std::vector<std::string_view>& names, std::string_view right) {
    const size_t open = right.find('(');
    const size_t close = right.find(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return invalid_argument("want Op(inputs)");
    std::shared_ptr<Op> op = OpRegistry::instance().create(right.substr(0, open));
    if (!op) return invalid_argument(str("unknown operator \"", right.substr(0, open), '"'));
    std::vector<ValueId> inputs;
    for (std::string_view item : split_list(right.substr(open + 1, close - open - 1))) {
      TRY_ASSIGN(ValueId v, lookup(item));
      inputs.push_back(v);
    }
    std::string_view rest = trim(right.substr(close + 1));
    std::string origin;
    if (const size_t mark = rest.find("# "); mark != std::string_view::npos) {
      origin = trim(rest.substr(mark + 2));
      rest = trim(rest.substr(0, mark));
    }
    if (rest.starts_with("{")) {
      const size_t end = rest.find('}');
      if (end == std::string_view::npos) return invalid_argument("attributes have no closing brace");
      TRY(parse_attributes(*op, rest.substr(0, end + 1)));
      rest = trim(rest.substr(end + 1));
    }
    TRY(op->set_bodies(std::exchange(bodies_, {})));
    return add(std::move(op), std::move(inputs), names, origin, rest);
  }

  /// `types` is ": f32[1,2], …" or empty; written types must equal the inferred ones where those are known.
  Status add(OpPtr op, std::vector<ValueId> inputs, const std::vector<std::string_view>& names, const std::string& origin, std::string_view types) {
    Types written;
    if (types.starts_with(":")) {
      for (std::string_view item : split_list(types.substr(1))) {
        TRY_ASSIGN(TensorType type, parse_type(item));
        written.push_back(type);
      }
    }
    bool known = true;
    for (ValueId v : inputs) known = known && graph_.type(v).shape.known();
    std::vector<ValueId> values;
    if (known || written.empty()) {
      TRY_ASSIGN(values, graph_.add_node(std::move(op), std::move(inputs), origin));
      for (size_t i = 0; i < written.size(); ++i) {
        if (i >= values.size() || !(graph_.type(values[i]) == written[i]))
          return invalid_argument(str("written type ", written[i].text(), " is not the inferred one"));
      }
    } else {
      values = graph_.add_node_typed(std::move(op), std::move(inputs), written, origin);
    }
    if (values.size() != names.size()) return invalid_argument(str(names.size(), " names for ", values.size(), " outputs"));
    for (size_t i = 0; i < names.size(); ++i) {
      graph_.rename_value(values[i], names[i]);
      TRY(define(names[i], values[i]));
    }
    return {};
  }

  Status define(std::string_view name, ValueId value) {
    if (!values_.emplace(std::string(name), value).second) return invalid_argument(str("the name ", name, " is defined twice"));
    return {};
  }

  Result<ValueId> lookup(std::string_view name) const {
    const auto it = values_.find(name);
    if (it == values_.end()) return invalid_argument(str("the name ", name, " is not defined"));
    return it->second;
  }

  Status finish() {
    std::vector<ValueId> ids;
    for (const std::string& name : outputs_) {
      TRY_ASSIGN(ValueId v, lookup(name));
      ids.push_back(v);
    }
    graph_.set_outputs(std::move(ids));
    return {};
  }

  Lines& lines_;
  int depth_;
  Graph graph_;
  std::vector<GraphPtr> bodies_;  // read, and taken by the next node
  std::vector<std::string> outputs_;
  std::map<std::string, ValueId, std::less<>> values_;
  bool opened_ = false;
  bool closed_ = false;
};

}  // namespace

Result<Graph> parse(std::string_view text) {
  Lines lines(text);
  return Parser(lines, 0).run();
}

}  // namespace mindird::ir

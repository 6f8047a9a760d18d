// Both graphs are walked in topological order at once, which is the same order for graphs of the same structure; values are paired as they are met.
#include "plan/batch_match.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/strings.h"
#include "engines/batch_rows.h"

namespace mindird::plan {
namespace {

/// The integers among an operator's attributes, and everything else as text.
class Collector final : public ir::AttributeVisitor {
 public:
  explicit Collector(const ir::Op& op) {
    // Visiting is the one way to read attributes, and takes them as they could be written.
    const_cast<ir::Op&>(op).attributes(*this);
  }
  std::vector<int64_t> numbers;
  std::string rest;

  void field(std::string_view, int64_t& v) override { numbers.push_back(v); }
  void field(std::string_view name, double& v) override { rest.append(name).append(reinterpret_cast<const char*>(&v), sizeof v); }
  void field(std::string_view name, bool& v) override { rest += str(name, '=', v ? 1 : 0, ';'); }
  void field(std::string_view name, std::string& v) override { rest += str(name, '=', v, ';'); }
  void field(std::string_view name, DType& v) override { rest += str(name, '=', dtype_name(v), ';'); }
  void field(std::string_view name, std::vector<int64_t>& v) override {
    rest += str(name, '#', v.size(), ';');
    numbers.insert(numbers.end(), v.begin(), v.end());
  }
  void choice(std::string_view name, int64_t& index, std::span<const std::string_view>) override { rest += str(name, '=', index, ';'); }
};

/// Whether two constants, equal in all dims but one, consist of the same slice along that dim again and again.
bool same_slices(const Constant& x, const Constant& y) {
  const Shape& a = x.type().shape;
  const Shape& b = y.type().shape;
  std::optional<size_t> axis;
  for (size_t d = 0; d < a.rank(); ++d) {
    if (a[d] == b[d]) continue;
    if (axis) return false;
    axis = d;
  }
  if (!axis || a[*axis] < 1 || b[*axis] < 1) return false;
  size_t outer = 1;
  for (size_t d = 0; d < *axis; ++d) outer *= static_cast<size_t>(a[d]);
  const auto in_x = static_cast<size_t>(a[*axis]);
  const auto in_y = static_cast<size_t>(b[*axis]);
  const size_t slice = outer == 0 ? 0 : x.bytes().size() / outer / in_x;
  for (size_t o = 0; o < outer; ++o) {
    const auto first = x.bytes().subspan(o * in_x * slice, slice);
    const auto is_first = [&](const Constant& c, size_t index) { return std::ranges::equal(c.bytes().subspan(index * slice, slice), first); };
    for (size_t i = 0; i < in_x; ++i) {
      if (!is_first(x, o * in_x + i)) return false;
    }
    for (size_t i = 0; i < in_y; ++i) {
      if (!is_first(y, o * in_y + i)) return false;
    }
  }
  return true;
}

class Comparison {
 public:
  /// repeated: constants may follow the batch by having more of the same.
  Comparison(const ir::Graph& symbolic, int64_t placeholder, const ir::Graph& actual, int64_t rows, bool repeated)
      : symbolic_(symbolic), actual_(actual), placeholder_(placeholder), rows_(rows), repeated_(repeated) {}

  std::optional<std::string> run() {
    const std::vector<ir::NodeId> order = symbolic_.topological_order();
    const std::vector<ir::NodeId> actual_order = actual_.topological_order();
    if (order.size() != actual_order.size()) return str(actual_order.size(), " nodes, ", order.size(), " at another batch size");
    if (symbolic_.inputs().size() != actual_.inputs().size() || symbolic_.outputs().size() != actual_.outputs().size()) return "other inputs or outputs";
    for (size_t i = 0; i < symbolic_.inputs().size(); ++i) {
      if (!pair(symbolic_.inputs()[i], actual_.inputs()[i])) return str("input ", actual_.value(actual_.inputs()[i]).name, " has another shape");
    }
    for (size_t i = 0; i < order.size(); ++i) {
      if (!same_node(symbolic_.node(order[i]), actual_.node(actual_order[i]))) {
        const ir::Node& node = actual_.node(actual_order[i]);
        return str("node \"", node.origin, "\" (", node.op->id(), ") differs between batch sizes");
      }
    }
    for (size_t i = 0; i < symbolic_.outputs().size(); ++i) {
      if (!pair(symbolic_.outputs()[i], actual_.outputs()[i])) return str("output ", actual_.value(actual_.outputs()[i]).name, " is another value");
    }
    return std::nullopt;
  }

 private:
  bool same_number(int64_t symbolic, int64_t actual) const { return engines::at_rows(symbolic, placeholder_, rows_) == actual; }
  bool same_numbers(std::span<const int64_t> a, std::span<const int64_t> b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](int64_t x, int64_t y) { return same_number(x, y); });
  }
  /// Pairs two values, or checks that they are a pair.
  bool pair(ir::ValueId a, ir::ValueId b) {
    const auto [it, fresh] = pairs_.try_emplace(a, b);
    if (!fresh) return it->second == b;
    const ir::Value& x = symbolic_.value(a);
    const ir::Value& y = actual_.value(b);
    if (x.type.dtype != y.type.dtype || !same_numbers(x.type.shape.dims(), y.type.shape.dims())) return false;
    if (!x.constant != !y.constant) return false;
    if (!x.constant || x.constant->hash() == y.constant->hash()) return true;
    return repeated_ && same_slices(*x.constant, *y.constant);
  }
  bool same_node(const ir::Node& a, const ir::Node& b) {
    if (a.op->id() != b.op->id() || a.inputs.size() != b.inputs.size() || a.outputs.size() != b.outputs.size()) return false;
    const Collector x(*a.op);
    const Collector y(*b.op);
    if (x.rest != y.rest || !same_numbers(x.numbers, y.numbers)) return false;
    for (size_t i = 0; i < a.inputs.size(); ++i) {
      if (!pair(a.inputs[i], b.inputs[i])) return false;
    }
    for (size_t i = 0; i < a.outputs.size(); ++i) {
      if (!pair(a.outputs[i], b.outputs[i])) return false;
    }
    return true;
  }

  const ir::Graph& symbolic_;
  const ir::Graph& actual_;
  int64_t placeholder_;
  int64_t rows_;
  bool repeated_;
  std::unordered_map<ir::ValueId, ir::ValueId> pairs_;
};

bool is_prime(int64_t n) {
  for (int64_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return n > 1;
}

}  // namespace

std::optional<std::string> batch_difference(const ir::Graph& symbolic, int64_t placeholder, const ir::Graph& actual, int64_t rows) {
  return Comparison(symbolic, placeholder, actual, rows, false).run();
}

std::optional<std::string> row_difference(const ir::Graph& symbolic, int64_t placeholder, const ir::Graph& actual, int64_t rows) {
  return Comparison(symbolic, placeholder, actual, rows, true).run();
}

int64_t choose_placeholder(const ir::Graph& graph, std::span<const int64_t> rows) {
  std::unordered_set<int64_t> numbers(rows.begin(), rows.end());
  for (ir::ValueId v = 0; v < graph.value_count(); ++v) {
    const Shape& shape = graph.type(v).shape;
    numbers.insert(shape.begin(), shape.end());
  }
  for (ir::NodeId n : graph.topological_order()) {
    const Collector collected(*graph.node(n).op);
    numbers.insert(collected.numbers.begin(), collected.numbers.end());
  }
  numbers.erase(0);
  // Small batches are what passes treat specially (a dim of 1 can be dropped), so the search begins above the smallest primes.
  int64_t candidate = 5;
  const auto divides_one = [&] { return std::any_of(numbers.begin(), numbers.end(), [&](int64_t n) { return n % candidate == 0; }); };
  while (!is_prime(candidate) || divides_one()) ++candidate;
  return candidate;
}

}  // namespace mindird::plan

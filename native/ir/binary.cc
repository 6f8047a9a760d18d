// Layout, all numbers 64 bits little-endian, strings as length and characters:
//
//   "MDGRAPH1" | graph name | constants: count, {type, bytes}… | inputs: count, {name, type}… | uses of constants: count, {name, constant}…
//   | nodes in topological order: count, {operator, attributes, origin, inputs: count, value…, graphs as the operator has them: {length, bytes}…,
//      outputs: count, {name, type}…}…
//   | outputs: count, value…
//
// Values are numbered as they come: inputs, uses of constants, outputs of the nodes. A type is dtype, rank, dims. "MDGRAPH2" has constants that
// lie elsewhere: count, number….
#include "ir/binary.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/strings.h"
#include "ir/attribute_text.h"

namespace mindird::ir {
namespace {

constexpr std::string_view kMagic = "MDGRAPH1";
constexpr std::string_view kMagicShared = "MDGRAPH2";

class Writer {
 public:
  /// `place` may be empty: then constants are written with the graph.
  Writer(const Graph& graph, const PlaceConstant& place) : graph_(graph), place_(place), number_of_(graph.value_count(), 0) {}

  std::vector<std::byte> run() && {
    raw(place_ ? kMagicShared.data() : kMagic.data(), kMagic.size());
    text(graph_.name);
    constants();
    const std::vector<NodeId> order = graph_.topological_order();
    number(order.size());
    for (NodeId n : order) node(graph_.node(n));
    number(graph_.outputs().size());
    for (ValueId v : graph_.outputs()) number(number_of_[v]);
    return std::move(out_);
  }

 private:
  void raw(const void* data, size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
  }
  void number(uint64_t value) { raw(&value, sizeof value); }
  void text(std::string_view s) {
    number(s.size());
    raw(s.data(), s.size());
  }
  void type(const TensorType& t) {
    text(dtype_name(t.dtype));
    number(t.shape.rank());
    for (int64_t dim : t.shape) number(static_cast<uint64_t>(dim));
  }
  void define(ValueId v) {
    number_of_[v] = next_++;
    text(graph_.value(v).name);
  }

  void constants() {
    std::map<std::pair<Hash128, std::string>, uint64_t> places;
    std::vector<ConstantPtr> contents;
    std::vector<std::pair<ValueId, uint64_t>> uses;
    for (ValueId v = 0; v < graph_.value_count(); ++v) {
      const Value& value = graph_.value(v);
      if (!value.alive || !value.constant) continue;
      const auto [it, fresh] = places.try_emplace({value.constant->hash(), value.type.text()}, contents.size());
      if (fresh) contents.push_back(value.constant);
      uses.emplace_back(v, it->second);
    }
    number(contents.size());
    for (const ConstantPtr& c : contents) {
      if (place_) {
        number(place_(c));
        continue;
      }
      type(c->type());
      raw(c->bytes().data(), c->bytes().size());
    }
    number(graph_.inputs().size());
    for (ValueId v : graph_.inputs()) {
      define(v);
      type(graph_.type(v));
    }
    number(uses.size());
    for (const auto& [v, place] : uses) {
      define(v);
      number(place);
    }
  }

  void node(const Node& n) {
    text(n.op->id());
    text(attribute_text(*n.op));
    text(n.origin);
    number(n.inputs.size());
    for (ValueId v : n.inputs) number(number_of_[v]);
    for (const GraphPtr& body : n.op->bodies()) {
      const std::vector<std::byte> bytes = Writer(*body, place_).run();
      number(bytes.size());
      raw(bytes.data(), bytes.size());
    }
    number(n.outputs.size());
    for (ValueId v : n.outputs) {
      define(v);
      type(graph_.type(v));
    }
  }

  const Graph& graph_;
  const PlaceConstant& place_;
  std::vector<uint64_t> number_of_;
  uint64_t next_ = 0;
  std::vector<std::byte> out_;
};

class Reader {
 public:
  /// `find` may be empty: then constants are read from the graph's bytes.
  Reader(std::span<const std::byte> bytes, const FindConstant& find, int depth) : bytes_(bytes), find_(find), depth_(depth) {}

  Result<Graph> run() {
    TRY_ASSIGN(auto magic, raw(kMagic.size()));
    if (std::memcmp(magic.data(), find_ ? kMagicShared.data() : kMagic.data(), kMagic.size()) != 0)
      return invalid_argument("not a graph: the first bytes are wrong");
    TRY_ASSIGN(graph_.name, text());
    TRY(constants());
    TRY_ASSIGN(uint64_t nodes, count());
    for (uint64_t i = 0; i < nodes; ++i) {
      Status status = node();
      if (!status.ok()) return std::move(status).with(str("node ", i));
    }
    TRY_ASSIGN(std::vector<ValueId> outputs, values());
    if (at_ != bytes_.size()) return invalid_argument(str("graph has ", bytes_.size() - at_, " bytes too many"));
    graph_.set_outputs(std::move(outputs));
    return std::move(graph_);
  }

 private:
  Result<std::span<const std::byte>> raw(uint64_t size) {
    if (size > bytes_.size() - at_) return invalid_argument(str("graph is truncated at byte ", at_));
    const auto out = bytes_.subspan(at_, size);
    at_ += size;
    return out;
  }
  Result<uint64_t> number() {
    TRY_ASSIGN(auto bytes, raw(sizeof(uint64_t)));
    uint64_t out = 0;
    std::memcpy(&out, bytes.data(), sizeof out);
    return out;
  }
  /// A number of things that take at least 8 bytes each.
  Result<uint64_t> count() {
    TRY_ASSIGN(uint64_t out, number());
    if (out > (bytes_.size() - at_) / 8) return invalid_argument(str("graph announces ", out, " things at byte ", at_, ", more than it can hold"));
    return out;
  }
  Result<std::string> text() {
    TRY_ASSIGN(uint64_t size, number());
    TRY_ASSIGN(auto bytes, raw(size));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  Result<TensorType> type() {
    TRY_ASSIGN(std::string name, text());
    const auto dtype = parse_dtype(name);
    if (!dtype) return invalid_argument(str("unknown element type \"", name, '"'));
    TRY_ASSIGN(uint64_t rank, count());
    if (rank > kMaxRank) return invalid_argument(str("rank ", rank, ", want at most ", kMaxRank));
    std::vector<int64_t> dims;
    for (uint64_t i = 0; i < rank; ++i) {
      TRY_ASSIGN(uint64_t dim, number());
      if (static_cast<int64_t>(dim) < -1) return invalid_argument(str("bad dimension ", static_cast<int64_t>(dim)));
      dims.push_back(static_cast<int64_t>(dim));
    }
    TensorType out{*dtype, Shape(std::move(dims))};
    if (out.shape.known() && !out.checked_bytes()) return invalid_argument(str("type ", out.text(), " has more bytes than can be counted"));
    return out;
  }
  Result<std::vector<ValueId>> values() {
    TRY_ASSIGN(uint64_t size, count());
    std::vector<ValueId> out;
    for (uint64_t i = 0; i < size; ++i) {
      TRY_ASSIGN(uint64_t index, number());
      if (index >= values_.size()) return invalid_argument(str("value ", index, " is not defined"));
      out.push_back(values_[index]);
    }
    return out;
  }

  Result<ConstantPtr> constant(uint64_t index) {
    if (find_) {
      TRY_ASSIGN(const uint64_t place, number());
      return find_(place);
    }
    TRY_ASSIGN(TensorType t, type());
    const auto size = t.shape.known() ? t.checked_bytes() : std::nullopt;
    if (!size) return invalid_argument(str("constant ", index, " has type ", t.text()));
    TRY_ASSIGN(auto bytes, raw(static_cast<uint64_t>(*size)));
    return make_constant(t, bytes);
  }

  Status constants() {
    TRY_ASSIGN(uint64_t contents, count());
    std::vector<ConstantPtr> made;
    for (uint64_t i = 0; i < contents; ++i) {
      TRY_ASSIGN(made.emplace_back(), constant(i));
    }
    TRY_ASSIGN(uint64_t inputs, count());
    for (uint64_t i = 0; i < inputs; ++i) {
      TRY_ASSIGN(std::string name, text());
      TRY_ASSIGN(TensorType t, type());
      values_.push_back(graph_.add_input(name, t));
    }
    TRY_ASSIGN(uint64_t uses, count());
    for (uint64_t i = 0; i < uses; ++i) {
      TRY_ASSIGN(std::string name, text());
      TRY_ASSIGN(uint64_t place, number());
      if (place >= made.size()) return invalid_argument(str("constant ", place, " is not there"));
      values_.push_back(graph_.add_constant(made[place], name));
    }
    return {};
  }

  Result<std::vector<GraphPtr>> bodies(size_t size) {
    if (size > 0 && depth_ >= kMaxBodyDepth) return invalid_argument(str("graphs nest deeper than ", kMaxBodyDepth));
    std::vector<GraphPtr> out;
    for (size_t i = 0; i < size; ++i) {
      TRY_ASSIGN(const uint64_t length, number());
      TRY_ASSIGN(const auto bytes, raw(length));
      TRY_ASSIGN(Graph body, Reader(bytes, find_, depth_ + 1).run());
      out.push_back(std::make_shared<const Graph>(std::move(body)));
    }
    return out;
  }

  Status node() {
    TRY_ASSIGN(std::string id, text());
    std::shared_ptr<Op> op = OpRegistry::instance().create(id);
    if (!op) return invalid_argument(str("unknown operator \"", id, '"'));
    TRY_ASSIGN(std::string attributes, text());
    TRY_ASSIGN(std::string origin, text());
    if (!attributes.empty()) {
      Status status = parse_attributes(*op, attributes);
      if (!status.ok()) return std::move(status).with(str('"', origin, "\" (", id, ")"));
    }
    TRY_ASSIGN(std::vector<ValueId> inputs, values());
    TRY_ASSIGN(std::vector<GraphPtr> inside, bodies(op->bodies().size()));
    Status taken = op->set_bodies(std::move(inside));
    if (!taken.ok()) return std::move(taken).with(str('"', origin, "\" (", id, ")"));
    TRY_ASSIGN(uint64_t outputs, count());
    std::vector<std::string> names;
    Types written;
    for (uint64_t i = 0; i < outputs; ++i) {
      TRY_ASSIGN(std::string name, text());
      TRY_ASSIGN(TensorType t, type());
      names.push_back(std::move(name));
      written.push_back(t);
    }
    return add(std::move(op), std::move(inputs), names, written, origin);
  }

  Status add(OpPtr op, std::vector<ValueId> inputs, const std::vector<std::string>& names, const Types& written, const std::string& origin) {
    const bool known = std::all_of(inputs.begin(), inputs.end(), [&](ValueId v) { return graph_.type(v).shape.known(); });
    std::vector<ValueId> made;
    if (known) {
      TRY_ASSIGN(made, graph_.add_node(std::move(op), std::move(inputs), origin));
      bool equal = made.size() == written.size();
      for (size_t i = 0; equal && i < made.size(); ++i) equal = graph_.type(made[i]) == written[i];
      if (!equal) return invalid_argument("the types written are not the inferred ones");
    } else {
      made = graph_.add_node_typed(std::move(op), std::move(inputs), written, origin);
    }
    for (size_t i = 0; i < made.size(); ++i) {
      graph_.rename_value(made[i], names[i]);
      values_.push_back(made[i]);
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  const FindConstant& find_;
  int depth_;
  size_t at_ = 0;
  Graph graph_;
  std::vector<ValueId> values_;
};

}  // namespace

std::vector<std::byte> write_binary(const Graph& graph) { return write_binary(graph, PlaceConstant()); }
Result<Graph> read_binary(std::span<const std::byte> bytes) { return read_binary(bytes, FindConstant()); }
std::vector<std::byte> write_binary(const Graph& graph, const PlaceConstant& place) { return Writer(graph, place).run(); }
Result<Graph> read_binary(std::span<const std::byte> bytes, const FindConstant& find) { return Reader(bytes, find, 0).run(); }

}  // namespace mindird::ir

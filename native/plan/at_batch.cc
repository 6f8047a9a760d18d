#include "plan/at_batch.h"

#include <unordered_map>

#include "base/strings.h"
#include "engines/batch_rows.h"
#include "ir/attribute_text.h"

namespace mindird::plan {
namespace {

/// Multiples of the placeholder to multiples of the rows.
class Growth final : public ir::AttributeVisitor {
 public:
  Growth(int64_t placeholder, int64_t rows) : placeholder_(placeholder), rows_(rows) {}

  /// Whether a number grew beyond what can be counted.
  bool overflown() const { return overflown_; }
  void grow(int64_t& v) {
    const auto grown = engines::at_rows(v, placeholder_, rows_);
    overflown_ = overflown_ || !grown;
    v = grown.value_or(v);
  }
  TensorType grow(const TensorType& type) {
    TensorType out = type;
    for (size_t d = 0; d < out.shape.rank(); ++d) grow(out.shape[d]);
    return out;
  }

  void field(std::string_view, int64_t& v) override { grow(v); }
  void field(std::string_view, double&) override {}
  void field(std::string_view, bool&) override {}
  void field(std::string_view, std::string&) override {}
  void field(std::string_view, DType&) override {}
  void field(std::string_view, std::vector<int64_t>& v) override {
    for (int64_t& one : v) grow(one);
  }
  void choice(std::string_view, int64_t&, std::span<const std::string_view>) override {}

 private:
  int64_t placeholder_;
  int64_t rows_;
  bool overflown_ = false;
};

class Maker {
 public:
  Maker(const ir::Graph& from, int64_t placeholder, int64_t rows) : from_(from), growth_(placeholder, rows) {}

  Result<ir::Graph> run() {
    out_.name = from_.name;
    for (ir::ValueId v : from_.inputs()) map_[v] = out_.add_input(from_.value(v).name, growth_.grow(from_.type(v)));
    for (ir::NodeId n : from_.topological_order()) {
      const ir::Node& node = from_.node(n);
      Status status = add(node);
      if (!status.ok()) return invalid_model(str("node \"", node.origin, "\" (", node.op->id(), "): ", status.message()));
    }
    std::vector<ir::ValueId> outputs;
    for (ir::ValueId v : from_.outputs()) outputs.push_back(value(v));
    out_.set_outputs(std::move(outputs));
    TRY(out_.verify());
    return std::move(out_);
  }

 private:
  ir::ValueId value(ir::ValueId v) {
    const auto [it, fresh] = map_.try_emplace(v, 0);
    if (fresh) it->second = out_.add_constant(from_.value(v).constant, from_.value(v).name);
    return it->second;
  }
  Status add(const ir::Node& node) {
    std::shared_ptr<ir::Op> op = ir::OpRegistry::instance().create(node.op->id());
    if (!op) return invalid_model("unknown operator");
    if (const std::string attributes = ir::attribute_text(*node.op); !attributes.empty()) TRY(ir::parse_attributes(*op, attributes));
    op->attributes(growth_);
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId v : node.inputs) inputs.push_back(value(v));
    TRY_ASSIGN(const std::vector<ir::ValueId> made, out_.add_node(std::move(op), std::move(inputs), node.origin));
    for (size_t i = 0; i < made.size(); ++i) {
      const TensorType want = i < node.outputs.size() ? growth_.grow(from_.type(node.outputs[i])) : TensorType{};
      if (growth_.overflown()) return invalid_model("a size is too large");
      if (made.size() != node.outputs.size() || !(out_.type(made[i]) == want))
        return invalid_model(str("output ", i, " is ", out_.type(made[i]).text(), ", want ", want.text()));
      out_.rename_value(made[i], from_.value(node.outputs[i]).name);
      map_[node.outputs[i]] = made[i];
    }
    return {};
  }

  const ir::Graph& from_;
  Growth growth_;
  ir::Graph out_;
  std::unordered_map<ir::ValueId, ir::ValueId> map_;
};

}  // namespace

Result<ir::Graph> at_batch(const ir::Graph& symbolic, int64_t placeholder, int64_t rows) { return Maker(symbolic, placeholder, rows).run(); }

}  // namespace mindird::plan

// The graph is rebuilt node by node. A value of the old graph has one version for each type it is asked for: the first is what its producer
// gives, the others are casts of that, or conversions of a constant. Casts between short floats in the old graph are left out: the values on
// both sides of one are versions of the same value.
#include <algorithm>
#include <numeric>

#include "ops/elementwise/cast.h"
#include "ops/movement/identity.h"
#include "passes/precision.h"
#include "passes/precision_constants.h"

namespace mindird::passes {
namespace {

ir::OpPtr cast_to(DType dtype) {
  auto op = std::make_shared<ops::Cast>();
  op->to = dtype;
  return op;
}

class Retyper {
 public:
  Retyper(const ir::Graph& from, std::span<const NodePrecision> decisions, ConstantStore* constants)
      : from_(from), decisions_(decisions), constants_(constants), versions_(from.value_count()), root_(from.value_count()) {}

  Result<Retyped> run() {
    std::iota(root_.begin(), root_.end(), 0U);
    to_.name = from_.name;
    for (ir::ValueId v : from_.inputs()) versions_[v] = {to_.add_input(from_.value(v).name, from_.type(v))};
    for (ir::NodeId n : from_.topological_order()) TRY(visit(n));
    TRY(finish_outputs());
    to_.erase_dead();
    TRY(to_.verify().with("precision"));
    return Retyped{std::move(to_), std::move(source_)};
  }

 private:
  bool is_short(ir::ValueId v) const { return is_short_float(from_.type(v).dtype); }

  Status visit(ir::NodeId n) {
    const ir::Node& node = from_.node(n);
    const bool cast = node.op->id() == ops::Cast::kId;
    if (cast && is_short(node.inputs[0]) && is_short(node.outputs[0])) {
      root_[node.outputs[0]] = root_[node.inputs[0]];
      return {};
    }
    const std::optional<DType>& dtype = decisions_[n].dtype;
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId v : node.inputs) {
      // A cast to anything else takes what there is.
      const bool any = cast && is_short(v) && from_.value(root_[v]).producer != ir::kNone;
      TRY_ASSIGN(const ir::ValueId input, any ? produced(v) : version(v, dtype && is_short(v) ? *dtype : from_.type(v).dtype));
      inputs.push_back(input);
    }
    ir::Types types = from_.output_types(n);
    for (TensorType& type : types) {
      if (dtype && is_short_float(type.dtype)) type.dtype = *dtype;
    }
    const auto outputs = add(cast ? cast_to(types[0].dtype) : node.op, std::move(inputs), types, node.origin, n);
    for (size_t i = 0; i < outputs.size(); ++i) {
      versions_[node.outputs[i]] = {outputs[i]};
      to_.rename_value(outputs[i], from_.value(node.outputs[i]).name);
    }
    return {};
  }

  std::vector<ir::ValueId> add(ir::OpPtr op, std::vector<ir::ValueId> inputs, const ir::Types& types, std::string_view origin, ir::NodeId source) {
    source_.push_back(source);
    return to_.add_node_typed(std::move(op), std::move(inputs), types, origin);
  }

  Result<ir::ValueId> produced(ir::ValueId old) const { return versions_[root_[old]].front(); }

  Result<ir::ValueId> version(ir::ValueId old, DType dtype) {
    const ir::ValueId v = root_[old];
    std::vector<ir::ValueId>& made = versions_[v];
    const auto it = std::ranges::find_if(made, [&](ir::ValueId id) { return to_.type(id).dtype == dtype; });
    if (it != made.end()) return *it;
    if (from_.is_constant(v)) {
      TRY_ASSIGN(const ir::ValueId constant, constant_version(v, dtype));
      made.push_back(constant);
      return constant;
    }
    const ir::Value& value = from_.value(v);
    const TensorType type{dtype, value.type.shape};
    const std::string& origin = value.producer == ir::kNone ? value.name : from_.node(value.producer).origin;
    made.push_back(add(cast_to(dtype), {made.front()}, {type}, origin, ir::kNone)[0]);
    return made.back();
  }

  Result<ir::ValueId> constant_version(ir::ValueId v, DType dtype) {
    ConstantPtr constant = from_.value(v).constant;
    if (constant->type().dtype != dtype) {
      TRY_ASSIGN(constant, convert_constant(*constant, dtype));
      if (constants_) constant = constants_->intern(std::move(constant));
    }
    return to_.add_constant(std::move(constant), from_.value(v).name);
  }

  /// Outputs have their old types and names. One that was computed stays computed, even where nothing but casts stood between it and an input.
  Status finish_outputs() {
    std::vector<ir::ValueId> outputs;
    for (ir::ValueId v : from_.outputs()) {
      TRY_ASSIGN(ir::ValueId out, version(v, from_.type(v).dtype));
      if (to_.value(out).producer == ir::kNone && from_.value(v).producer != ir::kNone) {
        const ir::Node& node = from_.node(from_.value(v).producer);
        out = add(std::make_shared<ops::Identity>(), {out}, {to_.type(out)}, node.origin, from_.value(v).producer)[0];
      }
      keep_name(v, out);
      outputs.push_back(out);
    }
    to_.set_outputs(std::move(outputs));
    return {};
  }

  /// The name of an output moves to the value that is the output now, from the version of another type that has it.
  void keep_name(ir::ValueId old, ir::ValueId out) {
    if (to_.value(out).producer == ir::kNone || std::ranges::find(named_, out) != named_.end()) return;
    const std::string& name = from_.value(old).name;
    const ir::ValueId first = versions_[root_[old]].front();
    if (first != out && to_.value(first).name == name) to_.rename_value(first, name + "_" + std::string(dtype_name(to_.type(first).dtype)));
    to_.rename_value(out, name);
    named_.push_back(out);
  }

  const ir::Graph& from_;
  std::span<const NodePrecision> decisions_;
  ConstantStore* constants_;
  ir::Graph to_;
  std::vector<std::vector<ir::ValueId>> versions_;  // by old value: those of the new graph it is
  std::vector<ir::ValueId> root_;                   // by old value: the one before all casts between short floats
  std::vector<ir::NodeId> source_;
  std::vector<ir::ValueId> named_;  // outputs that have their names
};

}  // namespace

Result<Retyped> with_precision(const ir::Graph& graph, std::span<const NodePrecision> decisions, ConstantStore* constants) {
  return Retyper(graph, decisions, constants).run();
}

}  // namespace mindird::passes

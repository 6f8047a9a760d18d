#include "mindir/program.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "mindir/memory/resolve.h"
#include "mindir/memory/state.h"
#include "mindir/names.h"

namespace mindird::mindir {
namespace {

/// The declared type of a node's result: the attribute "shape" where operators are primitives of their own, one without a name before that.
bool is_inferred_type(const NodeView& node, const AttributeView& attribute) {
  return node.op_type.starts_with(kReference) ? attribute.name == "shape" : attribute.name.empty();
}

/// What defines a name.
enum class Source : uint8_t { kInput, kParameter, kConstant, kNode, kFunction };
struct Definition {
  Source source;
  uint32_t index;  // input, parameter or node of its graph; position of a function in the file
  const GraphView* graph;
};

/// Finds all definitions, then resolves what the output needs, depth first without recursion.
class Builder {
 public:
  Builder(const ModelView& model, WireContext& context, ConstantStore& constants)
      : model_(model), context_(context), constants_(constants), values_(context, constants) {}

  Result<Program> build(StatePolicy state);

 private:
  Status define(std::string_view name, Definition definition);
  Status define_all();
  Status define_graph(const GraphView& graph);
  Status build_graph(const GraphView& graph, Program& program, StatePolicy state);
  uint32_t function_number(uint32_t position);
  bool is_same_constant(const Definition& a, const Definition& b) const;
  const AttributeView* value_of(const Definition& constant) const;
  Status declare_input(std::string name, const Leaf& leaf, SlotId slot);
  Status declare_structure(const ValueInfoView& input);
  Status declare_inputs();
  Result<SlotId> slot_of(std::string_view name);
  Status visit_all(std::string_view output);
  Status expand(const NodeView& node);
  Status finish(const NodeView& node, SlotId result);
  Result<Item> initial_item(const Definition& definition);
  Result<uint32_t> primitive_of(const NodeView& node);
  Result<uint32_t> add_primitive(std::string_view op, std::span<const AttributeView> attributes);
  std::vector<std::string_view> inputs_of(const NodeView& node) const;
  bool is_call(const NodeView& node) const;
  std::span<const AttributeView> attributes_of(const NodeView& node) const {
    return std::span(graph_->attributes).subspan(node.first_attribute, node.attribute_count);
  }
  Result<size_t> count_outputs();

  enum class State : uint8_t { kUnseen, kOpen, kDone };
  struct Visit {
    uint32_t node;
    bool children_done;
  };

  const ModelView& model_;
  WireContext& context_;
  ConstantStore& constants_;
  ValueDecoder values_;
  Program main_;
  std::unordered_map<std::string_view, Definition> definitions_;
  std::unordered_map<std::string_view, Item> initials_;      // constants and parameters, shared by the functions that name them
  std::unordered_map<uint32_t, uint32_t> function_numbers_;  // by position in the file
  std::vector<uint32_t> functions_;                          // positions of those that are needed
  // Of the graph that is being resolved:
  const GraphView* graph_ = nullptr;
  Program* program_ = nullptr;
  std::unordered_map<std::string_view, SlotId> slots_;
  std::unordered_map<std::string_view, uint32_t> primitive_index_;     // by name, into model_.primitives
  std::unordered_map<std::string_view, uint32_t> decoded_primitives_;  // by name, into program_->primitives
  std::optional<uint32_t> call_primitive_;
  std::vector<const Constant*> written_;  // values in the file that the main program replaces
  std::unordered_set<std::string> input_names_;
  size_t renamed_inputs_ = 0;
  std::vector<State> states_;
  std::vector<Visit> stack_;
};

Status Builder::define(std::string_view name, Definition definition) {
  if (name.empty()) return invalid_model(str("graph \"", printable(definition.graph->name), "\": a value without a name"));
  if (!context_.spend(96, context_.bytes().data())) return context_.status();
  const auto [known, is_new] = definitions_.emplace(name, definition);
  if (is_new || is_same_constant(known->second, definition)) return {};
  return invalid_model(str("the name \"", printable(name), "\" is defined twice"));
}

/// MindSpore 1.5 writes a Constant anew for each of its uses.
bool Builder::is_same_constant(const Definition& a, const Definition& b) const {
  if (a.source != Source::kConstant || b.source != Source::kConstant) return false;
  const AttributeView* x = value_of(a);
  const AttributeView* y = value_of(b);
  return x && y && x->bytes == y->bytes;
}

/// What a Constant holds; null where it says nothing.
const AttributeView* Builder::value_of(const Definition& constant) const {
  const NodeView& node = constant.graph->nodes[constant.index];
  for (const AttributeView& attribute : std::span(constant.graph->attributes).subspan(node.first_attribute, node.attribute_count)) {
    if (attribute.name == "value") return &attribute;
  }
  return nullptr;
}

Status Builder::define_all() {
  TRY(define_graph(model_.graph));
  for (const GraphView& function : model_.functions) TRY(define_graph(function));
  for (uint32_t i = 0; i < model_.functions.size(); ++i) TRY(define(model_.functions[i].name, {Source::kFunction, i, &model_.functions[i]}));
  return {};
}

/// A function's constant may be written in another graph, so all names are known everywhere.
Status Builder::define_graph(const GraphView& graph) {
  for (uint32_t i = 0; i < graph.inputs.size(); ++i) TRY(define(graph.inputs[i].name, {Source::kInput, i, &graph}));
  for (uint32_t i = 0; i < graph.parameters.size(); ++i) TRY(define(graph.parameters[i].name, {Source::kParameter, i, &graph}));
  for (uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const NodeView& node = graph.nodes[i];
    TRY(define(node.name, {node.op_type == "Constant" ? Source::kConstant : Source::kNode, i, &graph}));
  }
  return {};
}

Status Builder::declare_input(std::string name, const Leaf& leaf, SlotId slot) {
  if (program_->inputs.size() >= kMaxInputs) return unsupported(str("more than ", kMaxInputs, " inputs"));
  const std::string place = str("input \"", name, "\"");
  if (!leaf.dtype) return unsupported(str(place, ": element type ", leaf.data_type, " is not supported"));
  if (leaf.dims.size() > kMaxRank) return invalid_model(str(place, ": rank ", leaf.dims.size(), ", want at most ", kMaxRank));
  for (const int64_t dim : leaf.dims) {
    if (dim < -1) return invalid_model(str(place, ": dimension ", dim));
  }
  const std::string plain = name;
  while (!input_names_.insert(name).second) name = str(plain, "_", ++renamed_inputs_);
  program_->input_slots.push_back(slot);
  program_->inputs.push_back({std::move(name), {*leaf.dtype, Shape(leaf.dims)}, leaf.rank_known});
  return {};
}

/// A tuple is an input for each of its members, put together by a step.
Status Builder::declare_structure(const ValueInfoView& input) {
  const std::string name = plain_name(input.name);
  TRY_ASSIGN(const InputType type, values_.input_type(input.structure).with(str("input \"", name, "\"")));
  TRY_ASSIGN(const SlotId whole, slot_of(input.name));
  if (!type.is_tuple) return declare_input(name, type.leaves.front(), whole);
  Step step;
  step.result = whole;
  step.scope = name;
  TRY_ASSIGN(step.primitive, add_primitive("MakeTuple", {}));
  for (size_t i = 0; i < type.leaves.size(); ++i) {
    const auto slot = static_cast<SlotId>(program_->slots.size());
    program_->slots.push_back({str(name, "_", i), {}});
    TRY(declare_input(str(name, "_", i), type.leaves[i], slot));
    step.inputs.push_back(slot);
  }
  program_->steps.push_back(std::move(step));
  return {};
}

Status Builder::declare_inputs() {
  for (const ValueInfoView& input : model_.graph.inputs) {
    if (!input.tensor) {
      TRY(declare_structure(input));
      continue;
    }
    TRY_ASSIGN(const SlotId slot, slot_of(input.name));
    TRY(declare_input(plain_name(input.name), leaf_of(*input.tensor), slot));
  }
  return {};
}

Result<SlotId> Builder::slot_of(std::string_view name) {
  if (const auto known = slots_.find(name); known != slots_.end()) return known->second;
  if (!context_.spend(sizeof(Slot) * 2 + 64 + name.size(), context_.bytes().data())) return context_.status();
  const Definition& definition = definitions_.at(name);
  Slot slot{value_name(name, definition.graph->name), {}};
  const bool stored = definition.source == Source::kParameter || definition.source == Source::kConstant;
  if (const auto known = initials_.find(name); known != initials_.end()) {
    slot.initial = known->second;
  } else {
    TRY_ASSIGN(slot.initial, initial_item(definition));
    if (stored) initials_.emplace(name, slot.initial);
  }
  const auto id = static_cast<SlotId>(program_->slots.size());
  program_->slots.push_back(std::move(slot));
  slots_.emplace(name, id);
  return id;
}

/// Numbers functions as they are met.
uint32_t Builder::function_number(uint32_t position) {
  const auto [it, fresh] = function_numbers_.emplace(position, static_cast<uint32_t>(functions_.size()));
  if (fresh) functions_.push_back(position);
  return it->second;
}

Result<Item> Builder::initial_item(const Definition& definition) {
  if (definition.source == Source::kFunction) return make_closure(function_number(definition.index), {});
  if (definition.source == Source::kParameter) {
    const TensorView& parameter = definition.graph->parameters[definition.index];
    TRY_ASSIGN(ConstantPtr constant, constants_.make(parameter).with(str("parameter \"", plain_name(parameter.name), "\"")));
    return Item(std::move(constant));
  }
  if (definition.source != Source::kConstant) return Item();
  const std::string place = str("constant \"", printable(definition.graph->nodes[definition.index].name), "\"");
  const AttributeView* value = value_of(definition);
  if (!value) return invalid_model(str(place, " has no value"));
  return values_.item(value->bytes).with(place);
}

/// Calls name a function or a value that stands for one where other nodes name a primitive.
bool Builder::is_call(const NodeView& node) const {
  return node.op_type.starts_with(kReference) && !primitive_index_.contains(node.op_type.substr(kReference.size()));
}

/// What is called is an input.
std::vector<std::string_view> Builder::inputs_of(const NodeView& node) const {
  std::vector<std::string_view> out;
  if (is_call(node)) out.push_back(node.op_type.substr(kReference.size()));
  const auto given = std::span(graph_->node_inputs).subspan(node.first_input, node.input_count);
  out.insert(out.end(), given.begin(), given.end());
  return out;
}

Status Builder::expand(const NodeView& node) {
  for (const std::string_view input : inputs_of(node)) {
    const auto found = definitions_.find(input);
    if (found == definitions_.end() && is_call(node) && input == node.op_type.substr(kReference.size())) {
      return invalid_model(str("node \"", scope_of(node), "\" refers to the primitive \"", printable(input), "\", which the file does not define"));
    }
    if (found == definitions_.end()) return invalid_model(str("node \"", scope_of(node), "\" reads \"", printable(input), "\", which nothing defines"));
    const Source source = found->second.source;
    if ((source == Source::kNode || source == Source::kInput) && found->second.graph != graph_) {
      return unsupported(str("node \"", scope_of(node), "\" reads \"", printable(input), "\", a value of another function"));
    }
    if (source != Source::kNode) continue;
    const uint32_t index = found->second.index;
    if (states_[index] == State::kOpen) return invalid_model(str("node \"", scope_of(node), "\" depends on its own result"));
    if (states_[index] == State::kUnseen) stack_.push_back({index, false});
  }
  return {};
}

Status Builder::visit_all(std::string_view output) {
  const auto found = definitions_.find(output);
  if (found == definitions_.end()) return invalid_model(str("the output \"", printable(output), "\" is not defined"));
  const bool inside = found->second.graph == graph_;
  if (!inside && found->second.source != Source::kConstant && found->second.source != Source::kParameter && found->second.source != Source::kFunction) {
    return unsupported(str("the output \"", printable(output), "\" is a value of another function"));
  }
  if (!context_.spend(graph_->nodes.size(), context_.bytes().data())) return context_.status();
  states_.assign(graph_->nodes.size(), State::kUnseen);
  if (found->second.source == Source::kNode) stack_.push_back({found->second.index, false});
  while (!stack_.empty()) {
    const Visit visit = stack_.back();
    const NodeView& node = graph_->nodes[visit.node];
    State& state = states_[visit.node];
    if (visit.children_done) {
      stack_.pop_back();
      state = State::kDone;
      TRY_ASSIGN(const SlotId result, slot_of(node.name));
      TRY(finish(node, result));
    } else if (state == State::kUnseen) {
      state = State::kOpen;
      stack_.back().children_done = true;
      TRY(expand(node));
    } else {
      stack_.pop_back();  // reached over two edges, done in between
    }
  }
  TRY_ASSIGN(program_->output, slot_of(output));
  return {};
}

Status Builder::finish(const NodeView& node, SlotId result) {
  Step step;
  step.result = result;
  step.scope = scope_of(node);
  step.is_call = is_call(node);
  const auto inputs = inputs_of(node);
  if (!context_.spend(sizeof(Step) * 2 + step.scope.size() + inputs.size() * sizeof(SlotId), node.name.data())) return context_.status();
  TRY_ASSIGN(step.primitive, primitive_of(node));
  step.inputs.reserve(inputs.size());
  for (const std::string_view input : inputs) {
    TRY_ASSIGN(const SlotId slot, slot_of(input));
    step.inputs.push_back(slot);
  }
  for (const AttributeView& attribute : attributes_of(node)) {
    if (!is_inferred_type(node, attribute)) continue;
    TRY_ASSIGN(step.declared, values_.leaves(attribute.bytes));
  }
  program_->steps.push_back(std::move(step));
  return {};
}

Result<uint32_t> Builder::add_primitive(std::string_view op, std::span<const AttributeView> attributes) {
  if (!context_.spend(sizeof(Primitive) * 2 + op.size(), context_.bytes().data())) return context_.status();
  Primitive primitive{printable(op), {}};
  for (const AttributeView& attribute : attributes) {
    if (attribute.name.empty() || attribute.name == "input_names" || attribute.name == "output_names") continue;
    auto value = values_.item(attribute.bytes);
    if (context_.failed()) {
      return value.status().with(str("primitive ", printable(op), ": attribute \"", printable(attribute.name), "\""));
    }
    // What cannot be read fails the model only when an operator asks for it.
    primitive.attributes.emplace_back(printable(attribute.name), value.ok() ? std::move(*value) : Item(Unavailable{value.status().message()}));
  }
  program_->primitives.push_back(std::move(primitive));
  return static_cast<uint32_t>(program_->primitives.size() - 1);
}

Result<uint32_t> Builder::primitive_of(const NodeView& node) {
  // Older exporters write the operator and its attributes on the node itself.
  if (!node.op_type.starts_with(kReference)) return add_primitive(node.op_type, attributes_of(node));
  if (is_call(node)) {
    if (!call_primitive_) {
      TRY_ASSIGN(call_primitive_, add_primitive("call", {}));
    }
    return *call_primitive_;
  }
  const std::string_view name = node.op_type.substr(kReference.size());
  if (const auto known = decoded_primitives_.find(name); known != decoded_primitives_.end()) return known->second;
  const PrimitiveView& view = model_.primitives[primitive_index_.at(name)];
  TRY_ASSIGN(const uint32_t index, add_primitive(view.op_type, view.attributes));
  decoded_primitives_.emplace(name, index);
  return index;
}

size_t leaves_of(const Item& item) {
  const Items* items = item.tuple();
  if (!items) return item.is_none() || item.as<Monad>() ? 0 : 1;
  size_t count = 0;
  for (const Item& member : *items) {
    count += leaves_of(member);
    if (count > kMaxOutputs) break;
  }
  return count;
}

Result<size_t> Builder::count_outputs() {
  std::vector<uint32_t> step_of(program_->slots.size(), UINT32_MAX);
  for (uint32_t i = 0; i < program_->steps.size(); ++i) step_of[program_->steps[i].result] = i;
  std::vector<SlotId> todo = {program_->output};
  size_t count = 0;
  for (size_t visited = 0; !todo.empty(); ++visited) {
    if (count > kMaxOutputs || visited > 4 * kMaxOutputs) return unsupported(str("more than ", kMaxOutputs, " outputs"));
    const SlotId slot = todo.back();
    todo.pop_back();
    if (step_of[slot] == UINT32_MAX) {
      const bool is_input = std::find(program_->input_slots.begin(), program_->input_slots.end(), slot) != program_->input_slots.end();
      count += is_input ? 1 : leaves_of(program_->slots[slot].initial);
      continue;
    }
    const Step& step = program_->steps[step_of[slot]];
    const std::string& op = program_->primitives[step.primitive].op;
    const bool forwards = op == "MakeTuple" || op == "make_list" || op == "Depend";
    if (forwards && step.inputs.size() + todo.size() > 4 * kMaxOutputs) return unsupported(str("more than ", kMaxOutputs, " outputs"));
    if (forwards) {
      todo.insert(todo.end(), step.inputs.begin(), step.inputs.end());
    } else {
      count += std::max<size_t>(step.declared.size(), 1);
    }
  }
  return count;
}

/// Inputs, steps and output of one graph.
Status Builder::build_graph(const GraphView& graph, Program& program, StatePolicy state) {
  graph_ = &graph;
  program_ = &program;
  slots_.clear();
  decoded_primitives_.clear();
  call_primitive_.reset();
  program.version = version_of(model_);
  program.file_bytes = context_.bytes().size();
  if (graph.outputs.size() != 1) return invalid_model(str("the graph has ", graph.outputs.size(), " outputs, want 1"));
  if (&graph == &model_.graph) {
    TRY(declare_inputs());
  } else {
    program.name = plain_name(graph.name);
    for (const ValueInfoView& input : graph.inputs) {
      TRY_ASSIGN(program.input_slots.emplace_back(), slot_of(input.name));
    }
  }
  TRY(visit_all(graph.outputs[0].name));
  if (&graph == &model_.graph) {
    if (!model_.functions.empty()) written_ = written_constants(program);
  } else {
    TRY(check_function_reads(program, written_));
  }
  return resolve_memory(program, state);
}

Result<Program> Builder::build(StatePolicy state) {
  for (uint32_t i = 0; i < model_.primitives.size(); ++i) primitive_index_.emplace(model_.primitives[i].name, i);
  TRY(define_all());
  TRY(build_graph(model_.graph, main_, state));
  for (size_t i = 0; i < functions_.size(); ++i) {
    const GraphView& function = model_.functions[functions_[i]];
    if (!context_.spend(sizeof(Program) * 2, context_.bytes().data())) return context_.status();
    Program program;
    program.is_function = true;
    TRY(build_graph(function, program, state).with(str("function \"", printable(function.name), '"')));
    main_.notes.insert(main_.notes.end(), program.notes.begin(), program.notes.end());
    main_.functions.push_back(std::move(program));
  }
  program_ = &main_;
  TRY_ASSIGN(main_.output_count, count_outputs());
  main_.constant_bytes = constants_.bytes();
  main_.header =
      str("written by MindSpore ", main_.version.text, "\nir_version ", printable(model_.ir_version), ", producer ", printable(model_.producer), " ",
          printable(model_.model_version), ", mind_ir_version ", model_.mind_ir_version, "\n", model_.graph.nodes.size(), " nodes, ",
          model_.graph.parameters.size(), " parameters, ", model_.functions.size(), " functions; ", main_.steps.size(), " nodes lead to the output\n");
  return std::move(main_);
}

}  // namespace

const Item* Primitive::attribute(std::string_view name) const {
  for (const auto& [key, value] : attributes) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string scope_of(const NodeView& node) { return node_name(node.domain, node.name); }

std::string place_of(const Program& program, const Step& step) { return str("node \"", step.scope, "\" (", program.primitives[step.primitive].op, ")"); }

Result<Program> make_program(const ModelView& model, WireContext& context, ConstantStore& constants, StatePolicy state) {
  return Builder(model, context, constants).build(state);
}

}  // namespace mindird::mindir

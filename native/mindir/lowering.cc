#include "mindir/lowering.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mindir/constant_store.h"
#include "mindir/control/control.h"
#include "mindir/plugin_call.h"
#include "mindir/open_outputs.h"
#include "mindir/primitives/primitive.h"
#include "mindir/primitives/refused.h"

namespace mindird::mindir {
namespace {

/// Nodes a lowering may emit. A node of a file takes some hundred bytes there and becomes a few nodes at most on average; the spare part is for
/// small models whose primitives take tensors apart.
constexpr size_t kBytesPerNode = 256;
constexpr size_t kSpareNodes = 40000;
/// This many inputs cost as much of that budget as a node.
constexpr size_t kInputsPerNode = 8;
/// Steps that functions may take, however they call each other, and the bytes of a file that give it one more.
constexpr size_t kSpareWork = 200000;
constexpr size_t kBytesPerWork = 2;
/// Memory for constants that operators make up (ranges, masks, the matrices of resizing), of which a few bytes of a file describe many.
constexpr size_t kSpareMadeBytes = size_t{512} << 20U;
/// Constant integers up to this many are folded while lowering.
constexpr int64_t kFoldElements = 1024;
/// Sizes are also worked out in floating point (the ceiling of a quotient): so many numbers, by operators that do nothing else with them.
constexpr int64_t kFoldReals = 8;
constexpr std::array<std::string_view, 6> kOfSizes = {"Binary", "Cast", "Compare", "Reshape", "Select", "Unary"};

Status check_size(const TensorType& type) {
  if (!type.shape.known()) return {};
  const auto bytes = type.checked_bytes();
  const bool small_dims = std::all_of(type.shape.begin(), type.shape.end(), [](int64_t dim) { return dim <= kMaxDimension; });
  if (bytes && *bytes <= kMaxTensorBytes && small_dims) return {};
  return unsupported(str("a tensor of type ", type.text(), " is larger than ", kMaxTensorBytes >> 30U, " GiB"));
}

Status check_shape(const Declared& declared, const Shape& shape) {
  const auto mismatch = [&] { return invalid_argument(str("input \"", declared.name, "\": shape ", shape.text(), ", want ", declared.type.shape.text())); };
  if (shape.rank() > kMaxRank) return mismatch();
  for (size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0) return mismatch();
  }
  if (!declared.rank_known) return {};
  if (shape.rank() != declared.type.shape.rank()) return mismatch();
  for (size_t i = 0; i < shape.rank(); ++i) {
    if (declared.type.shape[i] >= 0 && shape[i] != declared.type.shape[i]) return mismatch();
  }
  return {};
}

/// Operators other than elementwise ones that take any size and whose attributes do not depend on it.
constexpr std::array<std::string_view, 9> kOfAnySize = {"Concat", "Cumulative", "Gather", "GatherElements", "GatherNd",
                                                        "Reduce", "Reshape",    "Sort",   "Transpose"};

/// The types for one size in place of all that are unknown.
Result<ir::Types> infer_sized(const ir::Op& op, ir::Types types, int64_t size) {
  for (TensorType& type : types) {
    for (size_t i = 0; i < type.shape.rank(); ++i) type.shape[i] = type.shape[i] < 0 ? size : type.shape[i];
  }
  return op.infer(types);
}

/// What stays the same for two sizes that no model has is known, the rest is not.
Result<ir::Types> infer_any_size(const ir::Op& op, const ir::Types& types) {
  TRY_ASSIGN(ir::Types first, infer_sized(op, types, 10007));
  TRY_ASSIGN(const ir::Types second, infer_sized(op, types, 20011));
  for (size_t i = 0; i < first.size(); ++i) {
    for (size_t d = 0; d < first[i].shape.rank(); ++d) {
      if (first[i].shape[d] != second[i].shape[d]) first[i].shape[d] = -1;
    }
  }
  return first;
}

/// The type of an operator some of whose dimensions are known only at run time.
Result<ir::Types> infer_unknown(const ir::Op& op, const ir::Types& types) {
  const Status refusal = unsupported("the size of an input depends on data; this operator needs it when the model is loaded");
  if (std::ranges::find(kOfAnySize, op.id()) != kOfAnySize.end()) {
    Result<ir::Types> sized = infer_any_size(op, types);
    return sized.ok() ? sized : refusal;
  }
  if (!op.traits().elementwise) return refusal;
  ir::Types probes = types;
  std::optional<Shape> shape = Shape();
  for (size_t i = 0; i < types.size(); ++i) {
    shape = broadcast_shapes(*shape, types[i].shape);
    if (!shape) return refusal;
    probes[i].shape = Shape(std::vector<int64_t>(types[i].shape.rank(), 1));
  }
  TRY_ASSIGN(ir::Types out, op.infer(probes));
  for (TensorType& type : out) type.shape = *shape;
  return out;
}

/// Pairs declared leaves with the members of a result, depth first.
void flatten(const Item& item, std::vector<const Item*>& out) {
  const Items* items = item.tuple();
  if (!items) {
    out.push_back(&item);
    return;
  }
  for (const Item& member : *items) flatten(member, out);
}

bool fits(const Leaf& declared, const TensorType& type) {
  if (declared.dtype && *declared.dtype != type.dtype) return false;
  if (!declared.rank_known) return true;
  if (declared.dims.size() != type.shape.rank()) return false;
  for (size_t i = 0; i < declared.dims.size(); ++i) {
    if (declared.dims[i] >= 0 && type.shape[i] >= 0 && declared.dims[i] != type.shape[i]) return false;
  }
  return true;
}

/// Whether the file leaves no size of an input open.
bool fixed_by_file(const Program& program) {
  return std::all_of(program.inputs.begin(), program.inputs.end(), [](const Declared& input) { return input.rank_known && input.type.shape.known(); });
}

}  // namespace

Lowering::Lowering(const Program& program)
    : program_(program),
      frames_(program.functions.size() + 1),
      control_(std::make_unique<Control>(*this, program)),
      node_budget_(kSpareNodes + program.file_bytes / kBytesPerNode),
      work_budget_(kSpareWork + program.file_bytes / kBytesPerWork),
      made_budget_(kSpareMadeBytes + program.file_bytes) {
  current_ = &program;
  items_ = &frame(program);
  scopes_.push_back(std::make_unique<Scope>());
}

Lowering::~Lowering() = default;

/// The items of a function are made when it is first entered.
std::vector<Item>& Lowering::frame(const Program& program) {
  const bool is_main = &program == &program_;
  std::vector<Item>& items = is_main ? frames_.back() : frames_[static_cast<size_t>(&program - program_.functions.data())];
  if (!items.empty()) return items;
  items.reserve(program.slots.size());
  for (const Slot& slot : program.slots) {
    items.push_back(slot.initial);
    if (const auto* constant = slot.initial.as<ConstantPtr>()) constant_names_.emplace((*constant)->hash(), slot.name);
  }
  return items;
}

ScopePtr Lowering::pop() {
  ScopePtr out = std::move(scopes_.back());
  scopes_.pop_back();
  return out;
}

Status Lowering::spend_steps(size_t work) {
  if (work_budget_ < work) return unsupported("the functions of the model call each other far more often than its size allows for");
  work_budget_ -= work;
  return {};
}

Status Lowering::add_inputs(std::span<const Shape> shapes) {
  if (shapes.size() != program_.inputs.size()) {
    return invalid_argument(str(shapes.size(), " input shapes, want ", program_.inputs.size()));
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Declared& declared = program_.inputs[i];
    TRY(check_shape(declared, shapes[i]));
    const TensorType type{declared.type.dtype, shapes[i]};
    TRY(check_size(type).with(str("input \"", declared.name, "\"")));
    set_item(program_.input_slots[i], Computed{graph().add_input(declared.name, type)});
  }
  return {};
}

Result<ir::Types> Lowering::infer(const ir::Op& op, std::span<const ir::ValueId> inputs) const {
  ir::Types types;
  bool known = true;
  for (const ir::ValueId input : inputs) {
    types.push_back(graph().type(input));
    known = known && types.back().shape.known();
  }
  if (!known && !op.traits().data_dependent) return infer_unknown(op, types);
  return op.infer(types);
}

Result<std::optional<std::vector<ir::ValueId>>> Lowering::fold(const ir::Op& op, std::span<const ir::ValueId> inputs, const ir::Types& types) {
  using Folded = std::optional<std::vector<ir::ValueId>>;
  const bool of_sizes = std::ranges::find(kOfSizes, op.id()) != kOfSizes.end();
  const auto is_few = [this](ir::ValueId input) { return graph().type(input).shape.known() && graph().type(input).shape.elements() <= kFoldReals; };
  const bool few = of_sizes && std::all_of(inputs.begin(), inputs.end(), is_few);
  const auto is_small = [few](const TensorType& type) {
    if (!type.shape.known()) return false;
    const bool real = type.dtype == DType::kF32 || type.dtype == DType::kF64 || type.dtype == DType::kBool;
    return is_integer(type.dtype) ? type.shape.elements() <= kFoldElements : real && few && type.shape.elements() <= kFoldReals;
  };
  if (inputs.empty() || op.traits().data_dependent || !std::all_of(types.begin(), types.end(), is_small)) return Folded();
  std::vector<Tensor> in;
  for (const ir::ValueId input : inputs) {
    if (!graph().is_constant(input) || graph().type(input).shape.elements() > kFoldElements) return Folded();
    in.push_back(graph().value(input).constant->view());
  }
  std::vector<Buffer> buffers;
  std::vector<Tensor> out;
  for (const TensorType& type : types) {
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(type.bytes()));
    out.push_back({type, buffer.data()});
    buffers.push_back(std::move(buffer));
  }
  TRY(op.evaluate({in, out, {}}));
  std::vector<ir::ValueId> values;
  for (size_t i = 0; i < types.size(); ++i) values.push_back(constant(std::make_shared<const Constant>(types[i], std::move(buffers[i]))));
  return Folded(std::move(values));
}

Status Lowering::spend(size_t values) {
  const size_t price = 1 + values / kInputsPerNode;
  if (node_budget_ < price) return unsupported("the model lowers to far more operators than its size allows for");
  node_budget_ -= price;
  return {};
}

Result<std::vector<ir::ValueId>> Lowering::emit(ir::OpPtr op, std::vector<ir::ValueId> inputs, const Step& step) {
  TRY(spend(inputs.size()));
  TRY_ASSIGN(const ir::Types types, infer(*op, inputs));
  for (const TensorType& type : types) TRY(check_size(type));
  TRY_ASSIGN(auto folded, fold(*op, inputs, types));
  if (folded) return std::move(*folded);
  return graph().add_node_typed(std::move(op), std::move(inputs), types, step.scope);
}

Result<std::vector<ir::ValueId>> Lowering::emit_control(ir::OpPtr op, std::vector<ir::ValueId> inputs, const Step& step) {
  TRY(spend(inputs.size()));
  ir::Types types;
  for (const ir::ValueId input : inputs) types.push_back(graph().type(input));
  TRY_ASSIGN(const ir::Types results, op->infer(types));
  for (const TensorType& type : results) TRY(check_size(type));
  return graph().add_node_typed(std::move(op), std::move(inputs), results, step.scope);
}

ir::ValueId Lowering::constant(const ConstantPtr& constant) {
  auto& constants = scope().constants;
  const auto known = constants.find(constant->hash());
  if (known != constants.end()) return known->second;
  const auto name = constant_names_.find(constant->hash());
  const ir::ValueId id = graph().add_constant(constant, name == constant_names_.end() ? "c" : name->second);
  constants.emplace(constant->hash(), id);
  return id;
}

Result<ir::ValueId> Lowering::made_constant(const ConstantPtr& made) {
  const bool known = scope().constants.contains(made->hash());
  const size_t price = known ? 0 : made->bytes().size();
  if (made_budget_ < price) return unsupported("the operators of the model make up far larger constants than its size allows for");
  made_budget_ -= price;
  return constant(made);
}

Status Lowering::check_declared(const Step& step, const Item& result) const {
  if (result.size() > 2 * step.declared.size() + 8) return {};
  std::vector<const Item*> members;
  flatten(result, members);
  if (members.size() != step.declared.size()) return {};
  for (size_t i = 0; i < members.size(); ++i) {
    const Computed* computed = members[i]->as<Computed>();
    if (!computed || !step.declared[i].is_tensor) continue;
    const TensorType& type = graph().type(computed->value);
    if (fits(step.declared[i], type)) continue;
    const std::string declared = step.declared[i].dtype ? std::string(dtype_name(*step.declared[i].dtype)) : "?";
    return invalid_model(str("result ", i, " is ", type.text(), ", but the file declares ", declared, Shape(step.declared[i].dims).text()));
  }
  return {};
}

Status Lowering::lower_step(const Step& step) {
  const Primitive& primitive = current_->primitives[step.primitive];
  const std::shared_ptr<const PluginEntry> plugin = step.is_call ? nullptr : plugin_for(primitive.op);
  const LowerFunction* function = PrimitiveRegistry::instance().find(primitive.op);
  if (!function && !plugin && !step.is_call) return unsupported(missing_primitive(primitive.op));
  const size_t values_before = graph().value_count();
  Call call(*this, step, primitive);
  TRY_ASSIGN(Item result, step.is_call ? control_->call(step) : plugin ? lower_plugin(call, *plugin) : (*function)(call));
  if (!plugin && !step.is_call) TRY(call.check_all_read());
  TRY(check_declared(step, result));
  if (const Computed* computed = result.as<Computed>(); computed && computed->value >= values_before) {
    graph().rename_value(computed->value, current_->slots[step.result].name);
  }
  set_item(step.result, std::move(result));
  return {};
}

Status Lowering::lower(const Step& step) {
  TRY(spend_steps(1 + step.inputs.size()));
  Status status = lower_step(step);
  return status.ok() ? status : blame(std::move(status)).with(place_of(*current_, step));
}

/// With shapes fixed by the file a type error is the file's fault, with shapes from outside it is theirs.
Status Lowering::blame(Status status) const {
  if (status.code() != Code::kInvalidArgument && status.code() != Code::kInvalidModel) return status;
  return {fixed_by_file(program_) ? Code::kInvalidModel : Code::kInvalidArgument, status.message()};
}

Status Lowering::collect_outputs(const Item& item, std::vector<ir::ValueId>& out) {
  if (const Items* items = item.tuple()) {
    for (const Item& member : *items) TRY(collect_outputs(member, out));
    return {};
  }
  if (item.is_none() || item.as<Monad>()) return {};
  if (out.size() >= kMaxOutputs) return unsupported(str("more than ", kMaxOutputs, " outputs"));
  const Step no_step;
  const Primitive no_primitive;
  Call call(*this, no_step, no_primitive);
  TRY_ASSIGN(const ir::ValueId value, call.tensor_of(item));
  out.push_back(value);
  return {};
}

Result<ir::Graph> Lowering::run(std::span<const Shape> input_shapes) {
  TRY(add_inputs(input_shapes));
  TRY_ASSIGN(const Item result, control_->run_main());
  std::vector<ir::ValueId> outputs;
  TRY(collect_outputs(result, outputs).with("output"));
  if (outputs.size() != program_.output_count) {
    const std::string counts = str("the model has ", outputs.size(), " outputs, but the file declares ", program_.output_count);
    if (fixed_by_file(program_)) return invalid_model(counts);
    return unsupported(str(counts, ": ", kOpenOutputs));
  }
  graph().set_outputs(std::move(outputs));
  graph().erase_dead();
  return std::move(graph());
}

}  // namespace mindird::mindir

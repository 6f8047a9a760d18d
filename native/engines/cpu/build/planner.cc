#include "engines/cpu/build/planner.h"

#include <algorithm>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/build/pack.h"
#include "engines/cpu/passes/eight_bits.h"
#include "engines/cpu/run/evaluate_step.h"
#include "engines/cpu/run/kernel_step.h"
#include "engines/cpu/run/primitive_step.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_elements.h"
#include "ops/indexing/gather_nd.h"
#include "ops/movement/strided_copy.h"

namespace mindird::engines::cpu {
namespace {

/// Below this many elements the fixed cost of a oneDNN reorder is more than the copy itself.
constexpr int64_t kSmallCopy = 4096;

void copy_elements(DType dtype, const Layout& from, const Layout& to, const std::byte* src, std::byte* dst) {
  ops::StridedCopy copy(dtype, src, dst);
  for (size_t d : to.memory_order()) copy.add_dim(to.dims[d], from.strides[d], to.strides[d]);
  copy.run();
}

/// Work (multiply-adds; an element moved counts as several) below which waking other threads costs more than they save.
constexpr double kLeastSharedWork = 5e5;
constexpr double kWorkOfAnElement = 8;

double work_of(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  double elements = 0;
  for (const auto* values : {&node.inputs, &node.outputs}) {
    for (ir::ValueId v : *values) {
      if (!graph.type(v).shape.known()) return 0;
      if (!graph.is_constant(v)) elements += static_cast<double>(graph.type(v).shape.elements());
    }
  }
  return std::max(node.op->cost(graph.input_types(id), graph.output_types(id)), kWorkOfAnElement * elements);
}

/// Of known size; 0 of others.
double bytes_of(const ir::Graph& graph, ir::ValueId value) {
  const TensorType& type = graph.type(value);
  return type.shape.known() ? static_cast<double>(type.bytes()) : 0;
}

/// Inputs, weights and outputs of the group, each once; of a table that is looked up in, as much as comes out.
double bytes_of(const ir::Graph& graph, const Group& group) {
  const ir::Node& node = graph.node(group.anchor);
  const double out = bytes_of(graph, graph.node(group.last()).outputs[0]);
  const bool looks_up = ir::op_cast<ops::Gather>(*node.op) || ir::op_cast<ops::GatherElements>(*node.op) || ir::op_cast<ops::GatherNd>(*node.op);
  std::set<ir::ValueId> read(node.inputs.begin(), node.inputs.end());
  for (const PostOp& post : group.post) {
    if (post.operand != ir::kNone) read.insert(post.operand);
  }
  double total = 0;
  for (const ir::ValueId v : read) total += looks_up && v == node.inputs[0] ? std::min(out, bytes_of(graph, v)) : bytes_of(graph, v);
  for (const ir::ValueId v : graph.node(group.last()).outputs) total += bytes_of(graph, v);
  return total;
}

/// Origins of the nodes of a group, each once.
std::vector<std::string> origins_of(const ir::Graph& graph, const Group& group) {
  std::vector<std::string> out{graph.node(group.anchor).origin};
  for (const PostOp& post : group.post) {
    const std::string& origin = graph.node(post.node).origin;
    if (std::ranges::find(out, origin) == out.end()) out.push_back(origin);
  }
  return out;
}

size_t layout_bytes(DType dtype, const Layout& layout) { return static_cast<size_t>(layout.span()) * dtype_size(dtype); }

}  // namespace

Planner::Planner(const ir::Graph& graph, const BuildOptions& options, Record& record)
    : graph_(graph), options_(options), record_(record), schedule_(std::make_unique<Schedule>()), places_(graph.value_count()) {
  for (ir::ValueId v : graph.inputs()) {
    const TensorType& type = graph.type(v);
    schedule_->inputs.push_back(type);
    places_[v] = Placed{{static_cast<uint32_t>(schedule_->areas.size()), 0}, type.dtype, Layout::plain(type.shape)};
    schedule_->areas.push_back({AreaKind::kInput, type.bytes(), schedule_->inputs.size() - 1, 0, nullptr, nullptr});
  }
  for (ir::ValueId v : graph.outputs()) {
    const TensorType& type = graph.type(v);
    schedule_->outputs.push_back(type);
    output_areas_.push_back(static_cast<uint32_t>(schedule_->areas.size()));
    schedule_->areas.push_back({AreaKind::kOutput, type.shape.known() ? type.bytes() : 0, schedule_->outputs.size() - 1, 0, nullptr, nullptr});
  }
  for (ir::ValueId v = 0; v < graph.value_count(); ++v) {
    const ConstantPtr& constant = graph.value(v).constant;
    if (!constant || !graph.value(v).alive) continue;
    places_[v] = Placed{{kNoArea, 0}, constant->type().dtype, Layout::plain(constant->type().shape)};
  }
}

Result<std::shared_ptr<const Schedule>> Planner::run() {
  const std::vector<Group> groups = make_groups(graph_, options_.optimize);
  if (options_.optimize) find_unread(groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    if (options_.progress) options_.progress(static_cast<double>(i) / static_cast<double>(groups.size()), graph_.node(groups[i].anchor).origin);
    if (unread_.contains(groups[i].anchor)) continue;
    TRY(plan_group(groups[i]));
  }
  TRY(finish_outputs());
  begin_work({}, 0);
  schedule_->work.pop_back();
  schedule_->dynamic_values = dynamic_.size();
  for (const int threads : schedule_->step_threads) schedule_->threads = std::max(schedule_->threads, threads);
  schedule_->plan_workspace();
  return std::shared_ptr<const Schedule>(std::move(schedule_));
}

void Planner::find_unread(const std::vector<Group>& groups) {
  std::set<ir::ValueId> read(graph_.outputs().begin(), graph_.outputs().end());
  for (const Group& group : groups) {
    const bool integers = reads_integers(graph_, group.anchor, !group.post.empty() && group.post.back().quantize);
    // Factors are read as integers, and what follows them is constant.
    if (!integers) read.insert(graph_.node(group.anchor).inputs.begin(), graph_.node(group.anchor).inputs.end());
    for (const PostOp& post : group.post) {
      if (post.operand != ir::kNone && !(integers && find_codes(graph_, post.operand))) read.insert(post.operand);
    }
  }
  for (const Group& group : groups) {
    const ir::Node& node = graph_.node(group.anchor);
    if (node.op->id() == ops::Dequantize::kId && !read.contains(node.outputs[0])) unread_.insert(group.anchor);
  }
}

Status Planner::plan_group(const Group& group) {
  const ir::Node& node = graph_.node(group.anchor);
  origin_ = node.origin;
  share(work_of(graph_, group.anchor));
  begin_work(origins_of(graph_, group), bytes_of(graph_, group));
  const size_t products = schedule_->products;
  Status status;
  if (builder_verdict(graph_, group.anchor).yes) {
    NodeBuilder b(*this, group);
    status = find_builder(node.op->id())->build(b);
  } else {
    status = evaluate_node(group.anchor);
  }
  if (schedule_->products > products)
    schedule_->work.back().operations = 2 * node.op->cost(graph_.input_types(group.anchor), graph_.output_types(group.anchor));
  return std::move(status).with(str("node \"", node.origin, "\" (", node.op->id(), ")"));
}

void Planner::begin_work(std::vector<std::string> nodes, double bytes) {
  // A view has no steps.
  if (!schedule_->work.empty() && (schedule_->step_work.empty() || schedule_->step_work.back() + 1 != schedule_->work.size())) schedule_->work.pop_back();
  schedule_->work.push_back({std::move(nodes), 0, bytes, {}, {}});
}

void Planner::explain_choice(std::string chosen, std::vector<TimedKernel> rivals) {
  schedule_->work.back().chosen = std::move(chosen);
  schedule_->work.back().rivals = std::move(rivals);
}

void Planner::share(double work) {
  threads_ = work < kLeastSharedWork && !record_.forced().shared ? 1 : options_.threads;
  use_threads(threads_);
}

Status Planner::evaluate_node(ir::NodeId id) {
  const ir::Node& node = graph_.node(id);
  std::vector<EvaluateValue> inputs;
  std::vector<EvaluateValue> outputs;
  for (ir::ValueId v : node.inputs) {
    EvaluateValue& input = inputs.emplace_back();
    if (const auto it = dynamic_.find(v); it != dynamic_.end()) {
      input.dynamic = it->second;
    } else {
      TRY_ASSIGN(input.placed, place_as(v, Layout::plain(graph_.type(v).shape)));
    }
  }
  for (ir::ValueId v : node.outputs) {
    const TensorType& type = graph_.type(v);
    EvaluateValue& output = outputs.emplace_back();
    if (type.shape.known()) {
      output.placed = create(v, Layout::plain(type.shape));
    } else {
      output.placed.dtype = type.dtype;
      output.dynamic = dynamic_.size();
      dynamic_.emplace(v, dynamic_.size());
    }
  }
  schedule_->evaluated.push_back(node.origin);
  emit(std::make_unique<EvaluateStep>(node.op, std::move(inputs), std::move(outputs)));
  return {};
}

Placed Planner::create(ir::ValueId value, const Layout& layout) {
  Placed placed{{}, graph_.type(value).dtype, layout};
  const auto outputs = graph_.outputs();
  const auto output = std::find(outputs.begin(), outputs.end(), value);
  if (output != outputs.end() && layout.is_plain()) {
    placed.ref = {output_areas_[static_cast<size_t>(output - outputs.begin())], 0};
  } else {
    placed.ref = scratch(layout_bytes(placed.dtype, layout));
  }
  places_[value] = placed;
  return placed;
}

Ref Planner::scratch(size_t bytes) {
  schedule_->areas.push_back({AreaKind::kWorkspace, bytes, 0, 0, nullptr, nullptr});
  return {static_cast<uint32_t>(schedule_->areas.size() - 1), 0};
}

Ref Planner::add_constant(const std::byte* data, size_t bytes, std::shared_ptr<const void> owner) {
  schedule_->areas.push_back({AreaKind::kConstant, bytes, 0, 0, data, std::move(owner)});
  return {static_cast<uint32_t>(schedule_->areas.size() - 1), 0};
}

void Planner::emit(std::unique_ptr<Step> step) {
  schedule_->steps.push_back(std::move(step));
  schedule_->origins.push_back(origin_);
  schedule_->step_threads.push_back(threads_);
  schedule_->step_work.push_back(schedule_->work.size() - 1);
}

void Planner::count_product(DType factors) {
  ++schedule_->products;
  schedule_->bf16_products += factors == DType::kBF16 ? 1 : 0;
  schedule_->int8_products += factors == DType::kI8 ? 1 : 0;
}

Result<Placed> Planner::place_as(ir::ValueId value, const Layout& wanted) {
  if (graph_.is_constant(value)) return reordered_constant(value, wanted);
  Placed now = *places_[value];
  if (now.layout == wanted) {
    now.layout.strides = wanted.strides;
    return now;
  }
  for (const Placed& copy : copies_[value]) {
    if (copy.layout == wanted) return copy;
  }
  const Placed copy{scratch(layout_bytes(now.dtype, wanted)), now.dtype, wanted};
  emit_copy(now, copy);
  copies_[value].push_back(copy);
  return copy;
}

Result<Placed> Planner::reordered_constant(ir::ValueId value, const Layout& wanted) {
  for (const Placed& copy : copies_[value]) {
    if (copy.layout == wanted) return copy;
  }
  const ConstantPtr constant = graph_.value(value).constant;
  const Layout plain = Layout::plain(constant->type().shape);
  Placed placed{{}, constant->type().dtype, wanted};
  if (plain == wanted) {
    placed.ref = add_constant(constant->bytes().data(), constant->bytes().size(), constant);
  } else {
    const size_t bytes = layout_bytes(placed.dtype, wanted);
    const std::string layout = str("strided", list_text(std::span<const int64_t>(wanted.strides)));
    TRY_ASSIGN(const auto buffer, pack(*this, {str(constant->hash().hex(), ":", wanted.dims.text()), layout, bytes}, [&](std::byte* out) -> Status {
                 copy_elements(placed.dtype, plain, wanted, constant->bytes().data(), out);
                 return {};
               }));
    placed.ref = add_constant(buffer->data(), buffer->size(), buffer);
  }
  copies_[value].push_back(placed);
  return placed;
}

void Planner::emit_copy(const Placed& from, const Placed& to) {
  if (!has_data_type(from.dtype) || from.layout.dims.elements() <= kSmallCopy) {
    emit(std::make_unique<KernelStep>(str("copy to ", to.layout.text()), std::vector<Ref>{from.ref, to.ref}, [from, to](const Frame& frame) -> Status {
      copy_elements(from.dtype, from.layout, to.layout, frame.at(from.ref), frame.at(to.ref));
      return {};
    }));
    return;
  }
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc pd(device(), from.desc(), device(), to.desc(), attr);
  std::vector<PrimitiveArg> args{{DNNL_ARG_FROM, from.ref, from.desc()}, {DNNL_ARG_TO, to.ref, to.desc()}};
  if (pd.scratchpad_desc().get_size() > 0) args.push_back({DNNL_ARG_SCRATCHPAD, scratch(pd.scratchpad_desc().get_size()), pd.scratchpad_desc()});
  emit(std::make_unique<PrimitiveStep>(str("reorder to ", to.layout.text(), " ", std::string_view(pd.impl_info_str())), dnnl::reorder(pd), std::move(args)));
}

Status Planner::finish_outputs() {
  origin_ = "output";
  for (size_t i = 0; i < graph_.outputs().size(); ++i) {
    const ir::ValueId v = graph_.outputs()[i];
    if (const auto it = dynamic_.find(v); it != dynamic_.end()) {
      schedule_->dynamic_outputs.emplace_back(i, it->second);
      continue;
    }
    const Layout plain = Layout::plain(graph_.type(v).shape);
    if (plain.dims.elements() == 0) continue;
    const Placed target{{output_areas_[i], 0}, graph_.type(v).dtype, plain};
    Placed source = *places_[v];
    if (graph_.is_constant(v)) {
      TRY_ASSIGN(source, place_as(v, plain));
    }
    if (source.ref.area == target.ref.area && source.ref.offset == 0) continue;
    share(2 * kWorkOfAnElement * static_cast<double>(plain.dims.elements()));
    begin_work({origin_}, 2 * bytes_of(graph_, v));
    emit_copy(source, target);
  }
  return {};
}

}  // namespace mindird::engines::cpu

#include "plan/engine_nodes.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/strings.h"
#include "engines/traits.h"
#include "ir/type_text.h"
#include "ops/embedded/engine_node.h"

namespace mindird::plan {
namespace {

Result<std::unique_ptr<engines::Executable>> load_engine(const ir::Graph& graph, const ops::EngineNode& node, const engines::Engine& engine,
                                                         const engines::BuildOptions& options) {
  if (!node.parts) return unsupported("the node carries no engine");
  TRY_ASSIGN(const auto bytes, node.parts->engine());
  engines::BuildOptions own = options;
  if (!node.profiles.empty()) {
    auto profiles = std::make_shared<engines::BatchProfiles>();
    profiles->rows = node.profiles;
    own.profiles = std::move(profiles);
    own.rows = node.rows;
  }
  return engine.load(graph.clone(), bytes, own);
}

using ValueMap = std::unordered_map<ir::ValueId, ir::ValueId>;

/// An EngineNode's load that was made in this process.
class BuiltParts final : public ops::EngineNode::Parts {
 public:
  BuiltParts(std::shared_ptr<const std::vector<std::byte>> engine, std::shared_ptr<const ir::Graph> body)
      : engine_(std::move(engine)), body_(std::move(body)) {}
  Result<std::span<const std::byte>> engine() const override { return std::span<const std::byte>(*engine_); }
  Result<std::shared_ptr<const ir::Graph>> body() const override { return body_; }

 private:
  std::shared_ptr<const std::vector<std::byte>> engine_;
  std::shared_ptr<const ir::Graph> body_;
};

/// Builds a graph out of nodes of others.
class Copier {
 public:
  ir::Graph out;

  /// The value in `out` for one of `from`; constants are taken over when first asked for.
  ir::ValueId value(const ir::Graph& from, ir::ValueId v, ValueMap& map) {
    const auto [it, fresh] = map.try_emplace(v, 0);
    if (fresh) it->second = out.add_constant(from.value(v).constant, from.value(v).name);
    return it->second;
  }
  void inputs(const ir::Graph& from, ValueMap& map) {
    out.name = from.name;
    for (ir::ValueId v : from.inputs()) map[v] = out.add_input(from.value(v).name, from.type(v));
  }
  void node(const ir::Graph& from, ir::NodeId n, ValueMap& map) {
    const ir::Node& node = from.node(n);
    add(node.op, from, node.inputs, node.outputs, node.origin, map);
  }
  void add(const ir::OpPtr& op, const ir::Graph& from, std::span<const ir::ValueId> inputs, std::span<const ir::ValueId> outputs, const std::string& origin,
           ValueMap& map) {
    std::vector<ir::ValueId> ids;
    for (ir::ValueId v : inputs) ids.push_back(value(from, v, map));
    ir::Types types;
    for (ir::ValueId v : outputs) types.push_back(from.type(v));
    const std::vector<ir::ValueId> made = out.add_node_typed(op, std::move(ids), types, origin);
    for (size_t i = 0; i < made.size(); ++i) {
      out.rename_value(made[i], from.value(outputs[i]).name);
      map[outputs[i]] = made[i];
    }
  }
  void outputs(const ir::Graph& from, ValueMap& map) {
    std::vector<ir::ValueId> ids;
    for (ir::ValueId v : from.outputs()) ids.push_back(value(from, v, map));
    out.set_outputs(std::move(ids));
  }
};

/// The executable's own account of itself, as attributes.
void describe(const engines::Executable& executable, ops::EngineNode& op) {
  for (const auto& [name, value] : executable.details()) {
    if (name == "computes in") {
      op.precision = ops::attribute_safe(value);
    } else if (name != "engine bytes" && name != "profile") {
      op.made += ops::attribute_safe(str(op.made.empty() ? "" : ", ", name, ' ', value));
    }
  }
}

nlohmann::json entry(const std::string& origin, const ops::EngineNode& op, const std::string& why) {
  return {{"node", origin},  {"engine_bytes", op.engine_bytes},  {"operators", op.operators}, {"precision", op.precision},
          {"made", op.made}, {"batches", ops::batches_text(op)}, {"used", why.empty()},       {"why", why}};
}

/// What a report says of an engine with profiles, or of why it has none; nothing where there are no batches.
nlohmann::json profiles_report(const ops::EngineNode& op) {
  if (op.profiles.empty() && op.alone.empty()) return {};
  return {{"rows", op.profiles}, {"used", op.profiles.empty() ? 0 : op.rows}, {"why_not", ops::attribute_unescaped(op.alone)}};
}

void read_profiles(const nlohmann::json& report, ops::EngineNode& op) {
  const auto profiles = report.find("profiles");
  if (profiles == report.end()) return;
  op.profiles = profiles->at("rows").get<std::vector<int64_t>>();
  op.rows = profiles->at("used").get<int64_t>();
  op.alone = ops::attribute_escaped(profiles->at("why_not").get<std::string>());
}

ir::Types types_of(const ir::Graph& graph, std::span<const ir::ValueId> values) {
  ir::Types out;
  for (ir::ValueId v : values) out.push_back(graph.type(v));
  return out;
}

Result<std::shared_ptr<const ops::EngineNode>> make_engine_node(const ir::Graph& body, const engines::Executable& executable, const nlohmann::json& report,
                                                                EngineStore& store) {
  TRY_ASSIGN(std::vector<std::byte> bytes, executable.serialize());
  auto op = std::make_shared<ops::EngineNode>();
  op->engine = hash_bytes(bytes).hex();
  op->engine_bytes = static_cast<int64_t>(bytes.size());
  op->body = ir::hash(body).hex();
  op->operators = static_cast<int64_t>(body.living_nodes());
  op->inputs = ir::types_text(types_of(body, body.inputs()));
  op->outputs = ir::types_text(types_of(body, body.outputs()));
  describe(executable, *op);
  read_profiles(report, *op);
  auto& kept = store[op->engine];
  if (!kept) kept = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  op->parts = std::make_shared<BuiltParts>(kept, std::make_shared<const ir::Graph>(body.clone()));
  return std::shared_ptr<const ops::EngineNode>(std::move(op));
}

/// Appends the body of an EngineNode. It comes from a file, so its borders are compared with the node's.
Status add_body(const ir::Graph& graph, const ir::Node& node, Copier& copier, ValueMap& map) {
  const auto& op = static_cast<const ops::EngineNode&>(*node.op);
  if (!op.parts) return unsupported("the node carries neither engine nor subgraph");
  TRY_ASSIGN(const auto body, op.parts->body());
  if (types_of(*body, body->inputs()) != types_of(graph, node.inputs) || types_of(*body, body->outputs()) != types_of(graph, node.outputs)) {
    return invalid_model("inputs and outputs of its subgraph are not those of the node");
  }
  ValueMap inside;
  for (size_t i = 0; i < node.inputs.size(); ++i) inside[body->inputs()[i]] = copier.value(graph, node.inputs[i], map);
  for (ir::NodeId n : body->topological_order()) copier.node(*body, n, inside);
  for (size_t i = 0; i < node.outputs.size(); ++i) map[node.outputs[i]] = copier.value(*body, body->outputs()[i], inside);
  return {};
}

/// Empty: one of the engines takes the node before any other would.
std::string why_not_used(const ir::Graph& graph, ir::NodeId node, std::span<const engines::Engine* const> engines) {
  for (const engines::Engine* engine : engines) {
    if (engines::traits(*engine).embeds()) {
      const engines::Verdict verdict = engine->supports(graph, node);
      return verdict.yes ? "" : verdict.why;
    }
    if (engine->supports(graph, node).yes) break;
  }
  return str("engine ", engines.front()->id(), " comes first");
}

}  // namespace

Result<ir::Graph> contract(const ir::Graph& graph, std::span<const partition::Partition> partitions, std::span<const PlanStep> steps,
                           std::span<const engines::Engine* const> engines, const nlohmann::json& reports, EngineStore& store) {
  const auto embedded = [&](const PlanStep& step) {
    return std::ranges::any_of(engines, [&](const engines::Engine* engine) { return engine->id() == step.engine && engines::traits(*engine).embeds(); });
  };
  Copier copier;
  ValueMap map;
  copier.inputs(graph, map);
  TRY_ASSIGN(const auto subgraphs, partition::extract(graph, partitions));
  for (size_t i = 0; i < partitions.size(); ++i) {
    if (!embedded(steps[i])) {
      for (ir::NodeId n : partitions[i].nodes) copier.node(graph, n, map);
      continue;
    }
    const partition::Subgraph& s = subgraphs[i];
    TRY_ASSIGN(const auto op, make_engine_node(s.graph, *steps[i].executable, reports[i], store));
    copier.add(op, graph, s.inputs, s.outputs, str(ops::EngineNode::kId, " ", i), map);
  }
  copier.outputs(graph, map);
  return std::move(copier.out);
}

ir::Graph in_partition_order(const ir::Graph& graph, std::span<const partition::Partition> partitions) {
  Copier copier;
  ValueMap map;
  copier.inputs(graph, map);
  for (const partition::Partition& partition : partitions) {
    for (ir::NodeId n : partition.nodes) copier.node(graph, n, map);
  }
  copier.outputs(graph, map);
  return std::move(copier.out);
}

std::vector<ir::NodeId> engine_nodes_of(const ir::Graph& graph) {
  std::vector<ir::NodeId> out = graph.topological_order();
  std::erase_if(out, [&](ir::NodeId n) { return !ir::op_cast<ops::EngineNode>(*graph.node(n).op); });
  return out;
}

Result<ir::Graph> inline_bodies(const ir::Graph& graph, std::span<const ir::NodeId> which) {
  std::vector<bool> chosen(graph.node_count(), false);
  for (ir::NodeId n : which) chosen[n] = true;
  Copier copier;
  ValueMap map;
  copier.inputs(graph, map);
  for (ir::NodeId n : graph.topological_order()) {
    if (!chosen[n]) {
      copier.node(graph, n, map);
      continue;
    }
    Status status = add_body(graph, graph.node(n), copier, map);
    if (!status.ok()) return std::move(status).with(str("node \"", graph.node(n).origin, "\" (", ops::EngineNode::kId, ")"));
  }
  copier.outputs(graph, map);
  return std::move(copier.out);
}

Result<ir::Graph> resolve_engine_nodes(ir::Graph graph, std::span<const engines::Engine* const> engines, nlohmann::json& report) {
  std::vector<ir::NodeId> unused;
  for (ir::NodeId n : graph.topological_order()) {
    const auto* op = ir::op_cast<ops::EngineNode>(*graph.node(n).op);
    if (!op) continue;
    const std::string why = why_not_used(graph, n, engines);
    report["embedded"].push_back(entry(graph.node(n).origin, *op, why));
    if (!why.empty()) unused.push_back(n);
  }
  return unused.empty() ? Result<ir::Graph>(std::move(graph)) : inline_bodies(graph, unused);
}

Result<std::shared_ptr<const engines::Executable>> load_engine_node(ir::Graph& graph, const engines::Engine& engine, const engines::BuildOptions& options,
                                                                    nlohmann::json& report) {
  const ops::EngineNode* node = ops::only_engine_node(graph);
  if (!node) return std::shared_ptr<const engines::Executable>();
  const auto begin = std::chrono::steady_clock::now();
  const std::string origin = graph.node(graph.topological_order()[0]).origin;
  auto loaded = load_engine(graph, *node, engine, options);
  report["embedded"] = entry(origin, *node, loaded.ok() ? "" : loaded.status().message());
  if (loaded.ok()) {
    report["precision"] = {{"asked", engines::precision_name(options.precision)}, {"used", node->precision}};
    report["cache"] = {{"result", "embedded"}, {"reason", ""}, {"bytes", node->engine_bytes}};
    if (nlohmann::json profiles = profiles_report(*node); !profiles.is_null()) report["profiles"] = std::move(profiles);
    report["load_us"] = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
    return std::shared_ptr<const engines::Executable>(std::move(loaded).value());
  }
  TRY_ASSIGN(const auto inlined, inline_bodies(graph, graph.topological_order()));
  graph = inlined.clone();
  return std::shared_ptr<const engines::Executable>();
}

}  // namespace mindird::plan

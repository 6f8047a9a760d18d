#include "runtime/load/embed.h"

#include <algorithm>
#include <filesystem>

#include "base/guard.h"
#include "base/hash.h"
#include "base/strings.h"
#include "engines/registry.h"
#include "engines/traits.h"
#include "mindir/model_file.h"
#include "ops/embedded/engine_node.h"
#include "runtime/file/signature_json.h"
#include "runtime/plans/collected.h"
#include "runtime/serve/model.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;

Json nodes_of(const plan::PlanFileGraph& entry) {
  Json out = Json::array();
  for (ir::NodeId n : entry.graph.topological_order()) {
    const ir::Node& node = entry.graph.node(n);
    const auto* op = ir::op_cast<ops::EngineNode>(*node.op);
    if (!op) continue;
    out.push_back({{"node", node.origin},
                   {"rows", entry.rows},
                   {"operators", op->operators},
                   {"engine_bytes", op->engine_bytes},
                   {"engine", op->engine},
                   {"precision", op->precision},
                   {"made", op->made},
                   {"profiles", op->profiles},
                   {"alone", ops::attribute_unescaped(op->alone)}});
  }
  return out;
}

/// Why the first node of a report is on no engine that a file can hold, or what became of the subgraph it was in.
std::string first_reason(const Json& report) {
  for (const Json& p : report["partitions"]) {
    if (p.contains("fallback")) return p["fallback"].value("why", "");
  }
  for (const Json& n : report["nodes"]) {
    for (const Json& r : n["refused"]) {
      const engines::Engine* engine = engines::EngineRegistry::instance().find(r.value("engine", ""));
      if (engine && engines::traits(*engine).embeds()) return str("node \"", n.value("node", ""), "\" (", n.value("op", ""), "): ", r.value("why", ""));
    }
  }
  return "the model has no nodes that compute";
}

Result<Json> about_model(const std::string& path) {
  TRY_ASSIGN(const auto file, mindir::MappedFile::open(path));
  const std::string_view bytes = file->bytes();
  return Json{{"file", std::filesystem::path(path).filename().string()}, {"bytes", bytes.size()}, {"hash", hash_bytes(std::as_bytes(std::span(bytes))).hex()}};
}

}  // namespace

Result<std::string> embed(const LoadOptions& options, const EmbedOptions& wanted) {
  Collected collected;
  TRY_ASSIGN(const Model::Compiled compiled, Model::compile_into(options, collected));
  std::ranges::sort(collected.graphs, {}, &plan::PlanFileGraph::rows);
  Json nodes = Json::array();
  for (const plan::PlanFileGraph& graph : collected.graphs) {
    for (Json& node : nodes_of(graph)) nodes.push_back(std::move(node));
  }
  if (nodes.empty()) {
    const std::string why = compiled.reports.empty() ? "nothing was compiled" : first_reason(compiled.reports.front());
    return unsupported(str("no subgraph went to an engine that a plan file can hold, nothing is written: ", why)).with(options.label);
  }
  TRY_ASSIGN(Json model, about_model(options.path));
  plan::PlanFileContent content{{}, std::move(collected.graphs), std::move(collected.open)};
  content.about = {{"creator", wanted.creator},
                   {"model", std::move(model)},
                   {"signature", signature_json(compiled.signature)},
                   {"precision", compiled.precision},
                   {"keep_fp32", compiled.keep_fp32}};
  TRY_ASSIGN(const plan::PlanFileSizes sizes, plan::write_plan_file(wanted.output, content, wanted.bodies));
  Json out = {{"file", wanted.output},        {"bytes", sizes.bytes},
              {"engines", sizes.engines},     {"engine_bytes", sizes.engine_bytes},
              {"constants", sizes.constants}, {"constant_bytes", sizes.constant_bytes},
              {"nodes", std::move(nodes)},    {"plans", compiled.reports}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mindird::runtime

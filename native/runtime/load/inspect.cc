#include "runtime/load/inspect.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "engines/registry.h"
#include "engines/traits.h"
#include "mindir/module.h"
#include "ops/embedded/engine_node.h"
#include "passes/pipeline.h"
#include "plan/compile.h"
#include "runtime/file/model_source.h"
#include "runtime/load/profile.h"
#include "runtime/serve/host.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

std::string as_text(const InspectOptions& options, const std::string& text) { return options.json ? dump({{"stage", options.stage}, {"text", text}}) : text; }

/// JSON of this stage also lists the inputs with -1 for unknown sizes, so that a caller can name the one it gives a shape.
std::string file_text(const mindir::Module& module, const InspectOptions& options) {
  if (!options.json) return module.text();
  Json inputs = Json::array();
  for (const mindir::Declared& input : module.inputs()) {
    Json shape = nullptr;
    if (input.rank_known) shape = std::vector<int64_t>(input.type.shape.begin(), input.type.shape.end());
    inputs.push_back({{"name", input.name}, {"dtype", std::string(dtype_protocol_name(input.type.dtype))}, {"shape", shape}});
  }
  return dump({{"stage", options.stage}, {"inputs", inputs}, {"text", module.text()}});
}

std::vector<Shape> shapes_for(const ModelSource& source, const InspectOptions& options) {
  const mindir::Module& module = *source.module;
  if (!options.shapes.empty()) return options.shapes;
  if (source.planned) return source.planned->shapes.front();
  std::vector<Shape> out;
  for (const mindir::Declared& input : module.inputs()) {
    Shape shape = input.type.shape;
    for (size_t d = 0; d < shape.rank(); ++d) shape[d] = shape[d] < 0 ? 1 : shape[d];
    out.push_back(std::move(shape));
  }
  return out;
}

/// Nothing for the model's own precision, else a line per partition and one per node that stays in fp32.
std::string precision_text(const Json& p) {
  if (p.value("asked", "origin") == "origin") return {};
  std::string out = str("  precision ", p.value("used", ""), ", asked ", p.value("asked", ""));
  if (p.contains("nodes")) {
    for (const auto& [type, count] : p["nodes"].items()) out += str(", ", count.get<size_t>(), " nodes ", type);
  }
  if (p.contains("why")) out += ": " + p["why"].get<std::string>();
  out += '\n';
  if (!p.contains("kept")) return out;
  for (const Json& n : p["kept"])
    out += str("  fp32 \"", n["node"].get<std::string>(), "\" (", n["op"].get<std::string>(), "): ", n["why"].get<std::string>(), '\n');
  return out;
}

std::string batches_text(const Json& embedded) {
  const std::string batches = embedded.value("batches", "");
  return batches.empty() ? "" : ", " + batches;
}

/// What became of the engines a plan file carries.
std::string embedded_text(const Json& report) {
  std::string out;
  if (!report.contains("embedded")) return out;
  for (const Json& e : report["embedded"]) {
    out += str("embedded \"", e["node"].get<std::string>(), "\"  ", e["operators"].get<int64_t>(), " operators, engine ", e["engine_bytes"].get<int64_t>(),
               " bytes, precision ", e["precision"].get<std::string>(), ", ", e["made"].get<std::string>(), batches_text(e),
               e["used"].get<bool>() ? "" : ": not used: " + e["why"].get<std::string>(), '\n');
  }
  return out;
}

/// Whether the partition is an EngineNode, from a plan file or just built.
bool is_engine_node(const Json& partition) {
  const engines::Engine* engine = engines::EngineRegistry::instance().find(partition["engine"].get<std::string>());
  return engine && engines::traits(*engine).embeds();
}

/// Its engine in numbers.
std::string details_text(const Json& partition) {
  std::string out;
  if (!is_engine_node(partition) || !partition.contains("details")) return out;
  for (const Json& d : partition["details"])
    out += str(out.empty() ? str("  ", ops::EngineNode::kId, "  ") : ", ", d["name"].get<std::string>(), ' ', d["value"].get<std::string>());
  if (partition.contains("profiles") && !partition["profiles"].value("why_not", "").empty())
    out += ", for this batch size alone: " + partition["profiles"]["why_not"].get<std::string>();
  out += partition["cache"].value("result", "") == "embedded" ? ", from the plan file\n" : "\n";
  return out;
}

std::string partitions_text(const Json& report) {
  std::string out = embedded_text(report);
  for (size_t i = 0; i < report["partitions"].size(); ++i) {
    const Json& p = report["partitions"][i];
    out += str("partition ", i, "  engine ", p["engine"].get<std::string>(), "  ", p["nodes"].get<size_t>(), " nodes\n");
    for (const Json& v : p["inputs"]) out += "  in   " + v.get<std::string>() + "\n";
    for (const Json& v : p["outputs"]) out += "  out  " + v.get<std::string>() + "\n";
    out += precision_text(p["precision"]);
    out += details_text(p);
  }
  for (const Json& n : report["nodes"]) {
    out += str("node \"", n["node"].get<std::string>(), "\" (", n["op"].get<std::string>(), "): ", n["engine"].get<std::string>());
    for (const Json& r : n["refused"]) out += str("; ", r["engine"].get<std::string>(), ": no, ", r["why"].get<std::string>());
    out += '\n';
  }
  return out;
}

std::string plan_text(const Json& report) {
  std::string out = embedded_text(report);
  for (size_t i = 0; i < report["partitions"].size(); ++i) {
    const Json& p = report["partitions"][i];
    out += str("partition ", i, "  engine ", p["engine"].get<std::string>(), "  constants ", p["constant_bytes"].get<size_t>(), " bytes  workspace ",
               p["workspace_bytes"].get<size_t>(), " bytes\n");
    if (is_engine_node(p)) {
      for (const Json& v : p["inputs"]) out += "  in   " + v.get<std::string>() + "\n";
      for (const Json& v : p["outputs"]) out += "  out  " + v.get<std::string>() + "\n";
    }
    out += details_text(p);
    for (const Json& step : p["steps"]) out += "  " + step.get<std::string>() + "\n";
  }
  return out + str("arena ", report["arena_bytes"].get<size_t>(), " bytes\n");
}

Result<plan::CompileOptions> compile_options(const ModelSource& source, const InspectOptions& options) {
  plan::CompileOptions compile;
  for (const std::string& name : options.engines) {
    const engines::Engine* engine = engines::EngineRegistry::instance().find(name == "native" ? "cpu" : name);
    if (!engine) return unsupported(str("engine \"", name, "\" is not available"));
    compile.build.optimize = compile.build.optimize && name != "native";
    compile.engines.push_back(engine);
  }
  compile.from_plan_file = source.planned.has_value();
  compile.build.threads = options.threads > 0 ? options.threads : Host::instance().default_threads();
  compile.build.packed = engines::make_packed_store();
  compile.keep_inputs = options.stage == "profile";
  compile.narrow_borders = true;
  compile.build.precision = options.precision;
  compile.build.keep_fp32 = options.keep_fp32;
  compile.build.short_weights = options.short_weights;
  if (source.planned && options.precision == engines::Precision::kOrigin) {
    compile.build.precision = engines::parse_precision(source.planned->precision).value_or(engines::Precision::kOrigin);
    compile.build.keep_fp32 = source.planned->keep_fp32;
  }
  return compile;
}

}  // namespace

Result<std::string> inspect(const std::string& path, const InspectOptions& options) {
  TRY_ASSIGN(const ModelSource source, open_model(path, options.read));
  const auto& module = source.module;
  if (options.stage == "file") return file_text(*module, options);
  TRY_ASSIGN(ir::Graph graph, module->lower(shapes_for(source, options)));
  if (options.stage == "graph") return as_text(options, ir::print(graph));
  if (options.stage == "optimized") {
    if (source.planned) return as_text(options, ir::print(graph));
    auto passes = passes::optimize(graph);
    if (!passes.ok()) return std::move(passes).status();
    return as_text(options, ir::print(graph));
  }
  if (options.stage != "partitions" && options.stage != "plan" && options.stage != "profile") {
    return invalid_argument(str("stage \"", options.stage, "\", want file, graph, optimized, partitions, plan or profile"));
  }
  TRY_ASSIGN(const plan::CompileOptions compile, compile_options(source, options));
  Json report;
  TRY_ASSIGN(auto plan, plan::compile(std::move(graph), compile, report));
  if (options.stage == "profile") return profile(*plan, {compile.build.threads, options.seconds});
  if (options.json) return dump(report);
  return options.stage == "plan" ? plan_text(report) : partitions_text(report);
}

}  // namespace mindird::runtime

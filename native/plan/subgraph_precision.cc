#include "plan/subgraph_precision.h"

#include <map>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "passes/precision.h"

namespace mindird::plan {
namespace {

using engines::Precision;

constexpr int kMostRounds = 4;

DType low_type(Precision precision) {
  if (precision == Precision::kFp16) return DType::kF16;
  return precision == Precision::kBf16 ? DType::kBF16 : DType::kF32;
}

/// Nodes of the rewritten graph that the engine does not take, as nodes to keep; an error when it refuses what cannot be kept.
Result<std::map<ir::NodeId, std::string>> refused_nodes(const passes::Retyped& rewritten, const engines::Engine& engine) {
  std::map<ir::NodeId, std::string> out;
  for (ir::NodeId n : rewritten.graph.topological_order()) {
    const engines::Verdict verdict = engine.supports(rewritten.graph, n);
    if (verdict.yes) continue;
    const ir::Node& node = rewritten.graph.node(n);
    if (rewritten.source[n] == ir::kNone) return unsupported(str("cast behind \"", node.origin, "\": ", verdict.why));
    out.emplace(rewritten.source[n], str(engine.id(), ": ", verdict.why));
  }
  return out;
}

struct Rewritten {
  ir::Graph graph;
  std::vector<passes::NodePrecision> decisions;
};

/// Rewrites again with the refused nodes kept, until the engine takes all of it.
Result<Rewritten> rewrite(const ir::Graph& graph, const engines::Engine& engine, const CompileOptions& options) {
  const DType low = low_type(options.build.precision);
  passes::PrecisionOptions choice{low, options.build.keep_fp32, passes::usual_fewest_channels(low), {}};
  if (engine.convolves_images_in(options.build.precision)) choice.fewest.convolution.in = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<passes::NodePrecision> decisions = passes::choose_precision(graph, choice);
    TRY_ASSIGN(passes::Retyped rewritten, passes::with_precision(graph, decisions, options.constants.get()));
    TRY_ASSIGN(const auto refused, refused_nodes(rewritten, engine));
    if (refused.empty()) return Rewritten{std::move(rewritten.graph), std::move(decisions)};
    for (const auto& [node, why] : refused) {
      if (!choice.keep_nodes.emplace(node, why).second) return unsupported(str("node \"", graph.node(node).origin, "\": ", why));
    }
  }
  return unsupported("the engine keeps refusing nodes");
}

Report decisions_report(const ir::Graph& graph, std::span<const passes::NodePrecision> decisions, Precision asked) {
  const DType low = low_type(asked);
  size_t lowered = 0;
  size_t in_fp32 = 0;
  Report kept = Report::array();
  for (ir::NodeId n = 0; n < decisions.size(); ++n) {
    if (!decisions[n].dtype) continue;
    ++(*decisions[n].dtype == DType::kF32 ? in_fp32 : lowered);
    if (decisions[n].why.empty()) continue;
    kept.push_back({{"node", graph.node(n).origin}, {"op", graph.node(n).op->id()}, {"why", decisions[n].why}});
  }
  const std::string name(engines::precision_name(asked));
  Report out = {{"asked", name}, {"used", lowered > 0 ? name : "fp32"}, {"nodes", {{"fp32", in_fp32}}}, {"kept", std::move(kept)}};
  if (low != DType::kF32) out["nodes"][name] = lowered;
  return out;
}

Status rewrite_profiles(std::span<const passes::NodePrecision> decisions, CompileOptions& options) {
  if (!options.build.profiles || !options.build.profiles->symbolic) return {};
  engines::BatchProfiles profiles = *options.build.profiles;
  TRY_ASSIGN(passes::Retyped symbolic, passes::with_precision(*profiles.symbolic, decisions, options.constants.get()));
  profiles.symbolic = std::make_shared<const ir::Graph>(std::move(symbolic.graph));
  options.build.profiles = std::make_shared<const engines::BatchProfiles>(std::move(profiles));
  return {};
}

}  // namespace

Result<ir::Graph> in_precision(ir::Graph graph, const engines::Engine& engine, CompileOptions& options, Report& report) {
  const Precision asked = options.build.precision;
  const auto unchanged = [&](const std::string& why) {
    report = {{"asked", engines::precision_name(asked)}, {"used", "origin"}};
    if (!why.empty()) report["why"] = why;
    return std::move(graph);
  };
  if (asked == Precision::kOrigin) return unchanged({});
  if (!options.build.optimize) return unchanged("nothing is optimised");
  if (const engines::Verdict verdict = engine.takes_types_of(asked); !verdict.yes) return unchanged(verdict.why);
  auto rewritten = rewrite(graph, engine, options);
  if (!rewritten.ok()) return unchanged(rewritten.status().message());
  TRY(rewrite_profiles(rewritten->decisions, options));
  report = decisions_report(graph, rewritten->decisions, asked);
  return std::move(rewritten->graph);
}

void note_precision(const engines::Executable& executable, Report& report) {
  if (report.value("asked", "") == "origin") return;
  for (const auto& [name, value] : executable.details()) {
    if (name == "precision") report["used"] = value;
    if (name == "precision why") report["why"] = value;
  }
}

Report precision_summary(const engines::BuildOptions& build, const Report& partitions, std::span<const std::string> unmatched) {
  Report out = {{"asked", engines::precision_name(build.precision)}, {"used", Report::object()}, {"kept", Report::array()}, {"unmatched", unmatched}};
  for (const Report& p : partitions) {
    const Report& own = p["precision"];
    const auto engine = p.value("engine", "");
    const auto used = own.value("used", "origin");
    if (!out["used"].contains(engine)) {
      out["used"][engine] = used;
    } else if (const auto before = out["used"][engine].get<std::string>(); before.find(used) == std::string::npos) {
      out["used"][engine] = before + ", " + used;
    }
    if (own.contains("why")) out["why"][engine] = own["why"];
    if (!own.contains("kept")) continue;
    for (const Report& node : own["kept"]) out["kept"].push_back(node);
  }
  return out;
}

Report weights_summary(const engines::BuildOptions& build, const Report& partitions) {
  if (!build.short_weights) return {{"asked", "full"}};
  Report out = {{"asked", "16bit"}, {"used", Report::object()}};
  for (const Report& p : partitions) {
    std::string used = "as in the model";
    for (const Report& fact : p.value("details", Report::array())) {
      if (fact.value("name", "") == "weights") used = fact.value("value", "");
    }
    Report& all = out["used"][p.value("engine", "")];
    all = all.is_null() ? used : all.get<std::string>() + "; " + used;
  }
  return out;
}

std::string precision_key(const engines::BuildOptions& build) {
  if (build.precision == Precision::kOrigin && !build.short_weights) return {};
  std::string out;
  if (build.precision != Precision::kOrigin) out = str(",precision=", engines::precision_name(build.precision));
  if (build.short_weights) out += ",weights=16bit";
  for (const std::string& entry : build.keep_fp32) out += str(",keep=", entry);
  return out;
}

}  // namespace mindird::plan

// operator_table FOLDER…: what becomes of every MindIR primitive, as JSON, for docs/OPERATORS.md and the tables of README.md. The folders, and those
// below them, hold reference cases made by MindSpore (index.json, NAME.mindir, NAME.npz).
//
// Each case is lowered and evaluated; a case counts only when its outputs match. Every node of its graph is led back to the primitive it
// came from by its origin, and the cpu engine is asked how it runs the node: the graph is planned operator by operator, nothing fused and
// nothing measured, so that the answer does not depend on the machine.
#include <cstdio>
#include <map>
#include <set>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/build/planner.h"
#include "engines/cpu/passes/engine_passes.h"
#include "engines/cpu/run/primitive_step.h"
#include "mindir/lowering.h"
#include "mindir/primitives/primitive.h"
#include "mindir/program.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/unary.h"
#include "ops/embedded/engine_node.h"
#include "ops/reduction/reduce.h"
#include "test/mindir_cases.h"
#include "test/mindir_npz.h"

namespace mindird {
namespace {

using Names = std::set<std::string>;

/// What is known of one primitive.
struct Row {
  size_t cases = 0;          // that contain it
  size_t matched = 0;        // of those, whose outputs match
  size_t without_nodes = 0;  // cases where nothing of it is left to run
  size_t on_kernels = 0;     // cases where every node of it has a kernel or costs nothing
  Names core;                // operators it becomes
  Names cpu;                 // "oneDNN", "own kernel", "view"
  Names evaluated;           // "Operator: why the engine has no kernel"
};

using Rows = std::map<std::string, Row, std::less<>>;

/// A case, decoded and lowered, with the primitive behind every origin.
struct Lowered {
  ir::Graph graph;
  std::map<std::string, std::string> primitives;
};

/// The primitives of a case: those its index names and those the nodes of its program are.
Names primitives_of(const test::Case& test, const Lowered& lowered) {
  Names out(test.primitives.begin(), test.primitives.end());
  for (const auto& [origin, primitive] : lowered.primitives) out.insert(primitive);
  return out;
}

std::string core_name(const ir::Op& op) {
  std::string_view kind;
  if (const auto* unary = ir::op_cast<ops::Unary>(op)) kind = ops::kUnaryKindNames[static_cast<size_t>(unary->kind)];
  if (const auto* binary = ir::op_cast<ops::Binary>(op)) kind = ops::kBinaryKindNames[static_cast<size_t>(binary->kind)];
  if (const auto* compare = ir::op_cast<ops::Compare>(op)) kind = ops::kCompareKindNames[static_cast<size_t>(compare->kind)];
  if (const auto* reduce = ir::op_cast<ops::Reduce>(op)) kind = ops::kReduceKindNames[static_cast<size_t>(reduce->kind)];
  return kind.empty() ? std::string(op.id()) : str(op.id(), ".", kind);
}

Result<Lowered> lower_case(const std::string& stem, mindir::StatePolicy state) {
  mindir::Decryptor decryptor;
  TRY_ASSIGN(const mindir::Program program, mindir::read_program(stem + ".mindir", decryptor, state));
  TRY_ASSIGN(const auto arrays, test::read_npz(stem + ".npz"));
  std::vector<Shape> shapes;
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const auto array = arrays.find(str("input_", i));
    if (array == arrays.end()) return invalid_argument(str(stem, ".npz: no input_", i));
    shapes.push_back(array->second->type().shape);
  }
  Lowered out;
  TRY_ASSIGN(out.graph, mindir::Lowering(program).run(shapes));
  std::set<std::string> shared;  // by different primitives: their nodes cannot be told apart
  for (const mindir::Step& step : program.steps) {
    const std::string& primitive = program.primitives[step.primitive].op;
    const auto [place, added] = out.primitives.emplace(step.scope, primitive);
    if (!added && place->second != primitive) shared.insert(step.scope);
  }
  for (const std::string& scope : shared) out.primitives.erase(scope);
  return out;
}

using engines::cpu::Schedule;

/// Whether a step's text, like "Conv+relu brgconv:avx512_core", names the operator.
bool names_operator(std::string_view text, std::string_view op) { return text.substr(0, text.find_first_of(" +")) == op; }

/// How an accepted node runs: by the step that carries its operator's name.
std::string kernel_of(const ir::Node& node, const Schedule& schedule) {
  for (size_t i = 0; i < schedule.steps.size(); ++i) {
    const engines::cpu::Step* step = schedule.steps[i].get();
    if (schedule.origins[i] != node.origin || !names_operator(step->text(), node.op->id())) continue;
    return dynamic_cast<const engines::cpu::PrimitiveStep*>(step) ? "oneDNN" : "own kernel";
  }
  return "view";
}

Result<std::shared_ptr<const Schedule>> plan(const ir::Graph& graph) {
  engines::BuildOptions options;
  options.optimize = false;
  options.packed = engines::make_packed_store();
  engines::cpu::Record record;
  const engines::cpu::ComputeScope scope(options.threads);
  return engines::cpu::Planner(graph, options, record).run();
}

/// Enters the nodes of one graph and says of each primitive whether all its nodes have kernels.
Result<std::map<std::string, bool>> add_nodes(Lowered lowered, Rows& rows) {
  TRY_ASSIGN(const ir::Graph graph, engines::cpu::widen_half(std::move(lowered.graph)));
  TRY_ASSIGN(const auto schedule, plan(graph));
  std::map<std::string, bool> on_kernels;
  for (const ir::NodeId id : graph.topological_order()) {
    const ir::Node& node = graph.node(id);
    const auto found = lowered.primitives.find(node.origin);
    if (found == lowered.primitives.end()) continue;  // a conversion the engine put in
    Row& row = rows[found->second];
    row.core.insert(core_name(*node.op));
    const engines::Verdict verdict = engines::cpu::builder_verdict(graph, id);
    on_kernels.emplace(found->second, true).first->second &= verdict.yes;
    if (verdict.yes) {
      row.cpu.insert(kernel_of(node, *schedule));
    } else {
      row.evaluated.insert(str(core_name(*node.op), ": ", verdict.why));
    }
  }
  return on_kernels;
}

/// Whether MindSpore computed the outputs of a case.
bool counts(const test::Case& test) { return test.recorded() && !test.made_otherwise; }

/// Whether the case matches what MindSpore computed.
Result<bool> add_case(const std::string& folder, const test::Case& test, Rows& rows) {
  if (!counts(test)) return false;
  if (!test::run_case(folder, test).ok()) {
    for (const std::string& primitive : test.primitives) ++rows[primitive].cases;
    return false;
  }
  TRY_ASSIGN(Lowered lowered, lower_case(str(folder, "/", test.name), test.per_request ? mindir::StatePolicy::kPerRequest : mindir::StatePolicy::kRefuse));
  const Names primitives = primitives_of(test, lowered);
  TRY_ASSIGN(const auto on_kernels, add_nodes(std::move(lowered), rows));
  for (const std::string& primitive : primitives) {
    Row& row = rows[primitive];
    const auto found = on_kernels.find(primitive);
    ++row.cases;
    ++row.matched;
    row.without_nodes += found == on_kernels.end() ? 1 : 0;
    row.on_kernels += found != on_kernels.end() && found->second ? 1 : 0;
  }
  return true;
}

nlohmann::ordered_json to_json(const std::string& name, const Row& row) {
  return {{"primitive", name},
          {"registered", mindir::PrimitiveRegistry::instance().find(name) != nullptr},
          {"cases", row.cases},
          {"matched", row.matched},
          {"without_nodes", row.without_nodes},
          {"on_kernels", row.on_kernels},
          {"core", row.core},
          {"cpu", row.cpu},
          {"evaluated", row.evaluated}};
}

/// All but EngineNode, which the compiler makes of subgraphs and no primitive becomes.
std::vector<std::string_view> core_operators() {
  std::vector<std::string_view> out = ir::OpRegistry::instance().ids();
  std::erase(out, ops::EngineNode::kId);
  return out;
}

/// Counts of one folder.
struct Set {
  std::string folder;
  size_t cases = 0;                            // with recorded outputs
  size_t matched = 0;                          // of those
  std::map<std::string, std::string> refused;  // of those, by name, with the reason in index.json
};

Result<Set> add_set(const std::string& folder, Rows& rows) {
  Set out{folder, 0, 0, {}};
  TRY_ASSIGN(const auto cases, test::read_index(folder));
  for (const test::Case& test : cases) {
    TRY_ASSIGN(const bool match, add_case(folder, test, rows).with(test.name));
    out.cases += counts(test) ? 1 : 0;
    out.matched += match ? 1 : 0;
    if (counts(test) && !test.refused.empty()) out.refused.emplace(test.name, test.refused);
  }
  return out;
}

Status print_table(std::span<char* const> roots) {
  Rows rows;
  for (const std::string_view name : mindir::PrimitiveRegistry::instance().names()) rows.emplace(name, Row());
  size_t count = 0;
  size_t matched = 0;
  auto sets = nlohmann::ordered_json::array();
  for (const char* root : roots) {
    for (const std::string& folder : test::case_sets(root)) {
      TRY_ASSIGN(const Set set, add_set(folder, rows).with(folder));
      count += set.cases;
      matched += set.matched;
      sets.push_back({{"folder", set.folder}, {"cases", set.cases}, {"matched", set.matched}, {"refused", set.refused}});
    }
  }
  auto out = nlohmann::ordered_json::array();
  for (const auto& [name, row] : rows) out.push_back(to_json(name, row));
  const nlohmann::ordered_json document{{"cases", count}, {"matched", matched}, {"sets", sets}, {"core_operators", core_operators()}, {"primitives", out}};
  std::puts(document.dump(1).c_str());
  return {};
}

}  // namespace
}  // namespace mindird

int main(int argc, char** argv) {
  const std::span<char* const> roots(argv + 1, static_cast<size_t>(argc > 1 ? argc - 1 : 0));
  if (roots.empty()) {
    std::fputs("usage: operator_table FOLDER...\n", stderr);
    return 2;
  }
  const mindird::Status status = mindird::print_table(roots);
  if (status.ok()) return 0;
  std::fprintf(stderr, "operator_table: %s\n", status.message().c_str());
  return 1;
}

#include "test/precision_cases.h"

#include <cstring>
#include <map>

#include "base/strings.h"
#include "test/likeness.h"

namespace mindird::test {
namespace {

Result<std::vector<ir::OwnedTensor>> run_plan(const plan::ExecutionPlan& plan, std::span<const Tensor> inputs) {
  TRY_ASSIGN(Buffer arena, Buffer::allocate(plan.arena_bytes()));
  TRY_ASSIGN(Buffer workspace, Buffer::allocate(plan.workspace_bytes()));
  TRY_ASSIGN(const auto context, plan.context(arena.span(), workspace.span()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].bytes() > 0) std::memcpy(context->inputs()[i].data, inputs[i].data, inputs[i].bytes());
  }
  TRY(context->run());
  std::vector<ir::OwnedTensor> out;
  for (const Tensor& tensor : context->outputs()) {
    TRY_ASSIGN(Buffer buffer, Buffer::allocate(tensor.bytes()));
    auto owned = std::make_shared<Buffer>(std::move(buffer));
    if (tensor.bytes() > 0) std::memcpy(owned->data(), tensor.data, tensor.bytes());
    out.push_back({{tensor.type, owned->data()}, owned});
  }
  return out;
}

}  // namespace

Result<Lowered> run_lowered(const std::string& folder, const Case& test, std::vector<const engines::Engine*> engines, const engines::BuildOptions& build) {
  Lowered out;
  const auto run = [&](ir::Graph graph, std::span<const Tensor> inputs) -> Result<std::vector<ir::OwnedTensor>> {
    TRY_ASSIGN(auto exact, ir::evaluate(graph, inputs));
    plan::CompileOptions options;
    options.engines = engines;
    options.build = build;
    TRY_ASSIGN(const auto plan, plan::compile(std::move(graph), options, out.report));
    TRY_ASSIGN(const auto lowered, run_plan(*plan, inputs));
    if (lowered.size() != exact.size()) return internal_error(str(lowered.size(), " outputs, want ", exact.size()));
    for (size_t i = 0; i < exact.size(); ++i) {
      if (is_floating(exact[i].tensor.dtype())) out.cosine = std::min(out.cosine, cosine(lowered[i].tensor, exact[i].tensor));
    }
    return exact;
  };
  TRY(run_case_on(folder, test, run));
  return out;
}

std::string precision_line(const nlohmann::json& report) {
  const nlohmann::json& p = report.at("precision");
  std::string out;
  for (const auto& [engine, used] : p.at("used").items()) out += str(out.empty() ? "" : ", ", engine, ": ", used.get<std::string>());
  std::map<std::string, int> kept;
  for (const auto& node : p.at("kept")) ++kept[str(node.at("op").get<std::string>(), " (", node.at("why").get<std::string>(), ")")];
  for (const auto& [what, count] : kept) out += str("; ", count, " ", what);
  return out;
}

}  // namespace mindird::test

#include "runtime/file/model_source.h"

#include <algorithm>
#include <filesystem>

#include "base/strings.h"
#include "engines/traits.h"
#include "mindir/model_file.h"
#include "ops/embedded/engine_node.h"
#include "plan/plan_file.h"
#include "runtime/file/plan_file_module.h"
#include "runtime/file/signature_json.h"
#include "runtime/plans/plan_entry.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;
using plan::PlanFile;

/// A text of the file's manifest, which may hold anything.
std::string text_of(const Json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// Shapes at the placeholder must be what the signature says, as those of the buckets.
Status read_open(const PlanFile& file, Planned& out) {
  out.why_not_open = file.why_not_open().empty() ? "it has no graph for other batch sizes" : file.why_not_open();
  const std::optional<PlanFile::Entry>& entry = file.open_entry();
  if (!entry) return {};
  const std::vector<Shape> wanted = out.signature.batched ? batch_shapes(out.signature, entry->rows) : std::vector<Shape>();
  if (!out.signature.batched || !std::ranges::equal(entry->shapes, wanted)) {
    return invalid_model(str("the open graph has input shapes ", shapes_key(entry->shapes), ", against the signature"));
  }
  out.placeholder = entry->rows;
  return {};
}

Result<Planned> read_planned(const PlanFile& file) {
  Planned out;
  const Json& about = file.about();
  TRY_ASSIGN(out.signature, read_signature(about.contains("signature") ? about["signature"] : Json()));
  for (const PlanFile::Entry& entry : file.graphs()) {
    if (entry.shapes.size() != out.signature.inputs.size())
      return invalid_model(str("a graph has ", entry.shapes.size(), " inputs, the signature ", out.signature.inputs.size()));
    const std::vector<Shape> wanted = out.signature.batched ? batch_shapes(out.signature, entry.rows) : std::vector<Shape>();
    bool fits = !out.signature.batched || (entry.rows >= 1 && std::ranges::equal(entry.shapes, wanted));
    for (size_t i = 0; out.signature.fixed && i < entry.shapes.size(); ++i) fits = fits && entry.shapes[i] == out.signature.inputs[i].type.shape;
    if (!fits) return invalid_model(str("a graph of ", entry.rows, " rows has input shapes ", shapes_key(entry.shapes), ", against the signature"));
    out.buckets.push_back(entry.rows);
    out.shapes.push_back(entry.shapes);
  }
  std::ranges::sort(out.buckets);
  if (std::ranges::adjacent_find(out.buckets) != out.buckets.end()) return invalid_model("two graphs are for the same shapes");
  TRY(read_open(file, out));
  out.precision = text_of(about, "precision");
  if (const auto kept = about.find("keep_fp32"); kept != about.end() && kept->is_array()) {
    for (const Json& name : *kept) {
      if (name.is_string()) out.keep_fp32.push_back(name.get<std::string>());
    }
  }
  return out;
}

Result<ModelSource> open_plan_file(const std::string& name, std::shared_ptr<const mindir::MappedFile> mapped, std::span<const std::byte> bytes) {
  TRY_ASSIGN(auto file, PlanFile::open(bytes, std::move(mapped)));
  ModelSource out;
  TRY_ASSIGN(out.planned, read_planned(*file));
  out.module = plan_file_module(name, std::move(file), out.planned->signature);
  return out;
}

Status rename_outputs(Signature& signature, std::span<const std::string> names) {
  if (names.empty()) return {};
  if (names.size() != signature.outputs.size()) {
    return Status(Code::kInvalidConfig, str(names.size(), " output names for a model with ", signature.outputs.size(), " outputs"));
  }
  for (size_t i = 0; i < names.size(); ++i) signature.outputs[i].name = names[i];
  return {};
}

}  // namespace

Result<ModelSource> open_model(const std::string& path, const mindir::ReadOptions& options) {
  const std::string name = std::filesystem::path(path).filename().string();
  {
    TRY_ASSIGN(std::shared_ptr<const mindir::MappedFile> mapped, mindir::MappedFile::open(path).with(name));
    const auto bytes = std::as_bytes(std::span(mapped->bytes()));
    if (plan::is_plan_file(bytes)) return open_plan_file(name, std::move(mapped), bytes).with(name);
  }
  ModelSource out;
  TRY_ASSIGN(out.module, mindir::read(path, options));
  return out;
}

bool engines_fit(const ModelSource& source, std::span<const engines::Engine* const> engines) {
  const auto embeds = std::ranges::find_if(engines, [](const engines::Engine* e) { return engines::traits(*e).embeds(); });
  if (!source.planned || embeds == engines.end()) return false;
  auto graph = source.module->lower(source.planned->shapes.front());
  if (!graph.ok()) return false;
  const std::vector<ir::NodeId> nodes = graph->topological_order();
  return std::ranges::all_of(nodes, [&](ir::NodeId n) { return graph->node(n).op->id() != ops::EngineNode::kId || (*embeds)->supports(*graph, n).yes; });
}

Result<Signature> signature_of(const ModelSource& source, std::span<const std::string> output_names, std::span<const Shape> shapes) {
  if (source.planned) {
    Signature signature = source.planned->signature;
    TRY(rename_outputs(signature, output_names));
    return signature;
  }
  if (shapes.empty()) return derive_signature(*source.module, output_names);
  TRY_ASSIGN(const ir::Graph graph, source.module->lower(shapes));
  Signature signature;
  signature.fixed = true;
  signature.why_not_batched = "the shapes were given";
  for (size_t i = 0; i < shapes.size(); ++i)
    signature.inputs.push_back({source.module->inputs()[i].name, {source.module->inputs()[i].type.dtype, shapes[i]}, true});
  for (size_t i = 0; i < graph.outputs().size(); ++i) signature.outputs.push_back({str("output_", i), graph.type(graph.outputs()[i]), true});
  TRY(rename_outputs(signature, output_names));
  return signature;
}

}  // namespace mindird::runtime

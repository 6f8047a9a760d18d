#include "runtime/model_source.h"

#include <algorithm>
#include <filesystem>

#include "base/strings.h"
#include "mindir/model_file.h"
#include "ops/trt_node.h"
#include "plan/plan_file.h"
#include "runtime/plan_entry.h"
#include "runtime/signature_json.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;
using plan::PlanFile;

/// A text of the file's manifest, which may hold anything.
std::string text_of(const Json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// Where the plans of a set of shapes are, for messages.
std::string all_shapes(const PlanFile& file) {
  std::string out;
  for (const PlanFile::Entry& entry : file.graphs()) out += str(out.empty() ? "" : ", ", shapes_key(entry.shapes));
  return out;
}

/// Unknown dims on either side fit any size.
bool fits(const TensorType& type, const TensorType& wanted) {
  const auto same = [](int64_t a, int64_t b) { return a == b || a < 0 || b < 0; };
  return type.dtype == wanted.dtype && std::equal(type.shape.begin(), type.shape.end(), wanted.shape.begin(), wanted.shape.end(), same);
}

class PlanFileModule final : public mindir::Module {
 public:
  PlanFileModule(std::string name, std::shared_ptr<const PlanFile> file, const Signature& signature) : name_(std::move(name)), file_(std::move(file)) {
    for (const TensorSpec& input : signature.inputs) inputs_.push_back({input.name, input.type, input.rank_known});
    for (const TensorSpec& output : signature.outputs) outputs_.push_back(output.type);
    fixed_ = signature.fixed;
  }

  std::span<const mindir::Declared> inputs() const override { return inputs_; }
  size_t output_count() const override { return outputs_.size(); }
  bool fixed_shapes() const override { return fixed_; }
  size_t constant_bytes() const override { return file_->sizes().constant_bytes; }
  std::string text() const override;
  Result<ir::Graph> lower(std::span<const Shape> shapes) const override {
    const auto entries = file_->graphs();
    const auto it = std::ranges::find_if(entries, [&](const PlanFile::Entry& entry) { return std::ranges::equal(entry.shapes, shapes); });
    if (it == entries.end()) return invalid_argument(str(name_, ": has no plan for input shapes ", shapes_key(shapes), ", only for ", all_shapes(*file_)));
    TRY_ASSIGN(ir::Graph graph, file_->graph(static_cast<size_t>(it - entries.begin())).with(name_));
    TRY(check_types(graph));
    return graph;
  }

 private:
  /// What the signature says of inputs and outputs is what requests are checked against and buffers are made for.
  Status check_types(const ir::Graph& graph) const {
    if (graph.outputs().size() != outputs_.size()) return invalid_model(str(name_, ": a graph has ", graph.outputs().size(), " outputs, the signature ", outputs_.size()));
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!fits(graph.type(graph.inputs()[i]), inputs_[i].type)) return invalid_model(str(name_, ": input ", i, " is ", graph.type(graph.inputs()[i]).text(), ", the signature says ", inputs_[i].type.text()));
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (!fits(graph.type(graph.outputs()[i]), outputs_[i])) return invalid_model(str(name_, ": output ", i, " is ", graph.type(graph.outputs()[i]).text(), ", the signature says ", outputs_[i].text()));
    }
    return {};
  }

  std::string name_;
  std::shared_ptr<const PlanFile> file_;
  std::vector<mindir::Declared> inputs_;
  std::vector<TensorType> outputs_;
  bool fixed_ = false;
};

std::string node_text(const ir::Graph& graph, ir::NodeId n, const ops::TrtNode& op) {
  std::string out = str("  ", graph.node(n).origin, ": ", op.operators, " operators, engine ", op.engine_bytes, " bytes, precision ", op.precision, ", ", op.made,
                        op.body.empty() ? ", without its subgraph" : "", '\n');
  for (ir::ValueId v : graph.node(n).inputs) out += str("    in   ", graph.value(v).name, ": ", graph.type(v).text(), '\n');
  for (ir::ValueId v : graph.node(n).outputs) out += str("    out  ", graph.value(v).name, ": ", graph.type(v).text(), '\n');
  return out;
}

std::string PlanFileModule::text() const {
  const plan::PlanFileSizes& sizes = file_->sizes();
  std::string out = str("plan file of ", sizes.bytes, " bytes: ", sizes.engines, " engines of ", sizes.engine_bytes, " bytes, ", sizes.constants, " constants of ",
                        sizes.constant_bytes, " bytes\n");
  out += file_->about().dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  for (size_t i = 0; i < file_->graphs().size(); ++i) {
    out += str("graph ", i, "  ", shapes_key(file_->graphs()[i].shapes), '\n');
    auto graph = file_->graph(i);
    if (!graph.ok()) return out + str("  ", graph.status().message(), '\n');
    for (ir::NodeId n : graph->topological_order()) {
      const ir::Node& node = graph->node(n);
      const auto* op = ir::op_cast<ops::TrtNode>(*node.op);
      out += op ? node_text(*graph, n, *op) : str("  ", node.origin, ": ", node.op->id(), '\n');
    }
  }
  return out;
}

Result<Planned> read_planned(const PlanFile& file) {
  Planned out;
  const Json& about = file.about();
  TRY_ASSIGN(out.signature, read_signature(about.contains("signature") ? about["signature"] : Json()));
  for (const PlanFile::Entry& entry : file.graphs()) {
    if (entry.shapes.size() != out.signature.inputs.size()) return invalid_model(str("a graph has ", entry.shapes.size(), " inputs, the signature ", out.signature.inputs.size()));
    const std::vector<Shape> wanted = out.signature.batched ? batch_shapes(out.signature, entry.rows) : std::vector<Shape>();
    bool fits = !out.signature.batched || (entry.rows >= 1 && std::ranges::equal(entry.shapes, wanted));
    for (size_t i = 0; out.signature.fixed && i < entry.shapes.size(); ++i) fits = fits && entry.shapes[i] == out.signature.inputs[i].type.shape;
    if (!fits) return invalid_model(str("a graph of ", entry.rows, " rows has input shapes ", shapes_key(entry.shapes), ", against the signature"));
    out.buckets.push_back(entry.rows);
    out.shapes.push_back(entry.shapes);
  }
  std::ranges::sort(out.buckets);
  if (std::ranges::adjacent_find(out.buckets) != out.buckets.end()) return invalid_model("two graphs are for the same shapes");
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
  out.module = std::make_shared<const PlanFileModule>(name, std::move(file), out.planned->signature);
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

Result<ModelSource> open_model(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  {
    TRY_ASSIGN(std::shared_ptr<const mindir::MappedFile> mapped, mindir::MappedFile::open(path).with(name));
    const auto bytes = std::as_bytes(std::span(mapped->bytes()));
    if (plan::is_plan_file(bytes)) return open_plan_file(name, std::move(mapped), bytes).with(name);
  }
  ModelSource out;
  TRY_ASSIGN(out.module, mindir::read(path));
  return out;
}

bool engines_fit(const ModelSource& source, std::span<const engines::Engine* const> engines) {
  const auto tensorrt = std::ranges::find(engines, ops::TrtNode::kEngine, [](const engines::Engine* e) { return e->id(); });
  if (!source.planned || tensorrt == engines.end()) return false;
  auto graph = source.module->lower(source.planned->shapes.front());
  if (!graph.ok()) return false;
  const std::vector<ir::NodeId> nodes = graph->topological_order();
  return std::ranges::all_of(nodes, [&](ir::NodeId n) {
    return graph->node(n).op->id() != ops::TrtNode::kId || (*tensorrt)->supports(*graph, n).yes;
  });
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
  for (size_t i = 0; i < shapes.size(); ++i) signature.inputs.push_back({source.module->inputs()[i].name, {source.module->inputs()[i].type.dtype, shapes[i]}, true});
  for (size_t i = 0; i < graph.outputs().size(); ++i) signature.outputs.push_back({str("output_", i), graph.type(graph.outputs()[i]), true});
  TRY(rename_outputs(signature, output_names));
  return signature;
}

}  // namespace mindird::runtime

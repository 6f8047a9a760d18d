// The graphs of a plan file for the sizes it was built for, and others made from its open graph.
#include "runtime/file/plan_file_module.h"

#include <algorithm>

#include "base/strings.h"
#include "ops/embedded/engine_node.h"
#include "plan/at_batch.h"
#include "runtime/plans/plan_entry.h"

namespace mindird::runtime {
namespace {

using Json = nlohmann::json;
using plan::PlanFile;

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
  PlanFileModule(std::string name, std::shared_ptr<const PlanFile> file, const Signature& signature)
      : name_(std::move(name)), file_(std::move(file)), signature_(signature) {
    for (const TensorSpec& input : signature.inputs) inputs_.push_back({input.name, input.type, input.rank_known});
    for (const TensorSpec& output : signature.outputs) outputs_.push_back(output.type);
  }

  std::span<const mindir::Declared> inputs() const override { return inputs_; }
  size_t output_count() const override { return outputs_.size(); }
  bool fixed_shapes() const override { return signature_.fixed; }
  size_t constant_bytes() const override { return file_->sizes().constant_bytes; }
  std::string text() const override;
  Result<ir::Graph> lower(std::span<const Shape> shapes) const override {
    TRY_ASSIGN(ir::Graph graph, graph_of(shapes));
    TRY(check_types(graph));
    return graph;
  }

 private:
  Result<ir::Graph> graph_of(std::span<const Shape> shapes) const {
    const auto entries = file_->graphs();
    const auto it = std::ranges::find_if(entries, [&](const PlanFile::Entry& entry) { return std::ranges::equal(entry.shapes, shapes); });
    if (it != entries.end()) return file_->graph(static_cast<size_t>(it - entries.begin())).with(name_);
    const std::optional<PlanFile::Entry>& open = file_->open_entry();
    const int64_t rows = open && !shapes.empty() && shapes[0].rank() > 0 ? shapes[0][0] : 0;
    if (rows < 1 || !std::ranges::equal(shapes, batch_shapes(signature_, rows))) {
      return invalid_argument(str(name_, ": has no plan for input shapes ", shapes_key(shapes), ", only for ", all_shapes(*file_)));
    }
    TRY_ASSIGN(ir::Graph graph, file_->open_graph().with(name_));
    if (rows == open->rows) return graph;
    return plan::at_batch(graph, open->rows, rows).with(str(name_, ": open graph"));
  }

  /// What the signature says of inputs and outputs is what requests are checked against and buffers are made for.
  Status check_types(const ir::Graph& graph) const {
    if (graph.outputs().size() != outputs_.size())
      return invalid_model(str(name_, ": a graph has ", graph.outputs().size(), " outputs, the signature ", outputs_.size()));
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!fits(graph.type(graph.inputs()[i]), inputs_[i].type))
        return invalid_model(str(name_, ": input ", i, " is ", graph.type(graph.inputs()[i]).text(), ", the signature says ", inputs_[i].type.text()));
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (!fits(graph.type(graph.outputs()[i]), outputs_[i]))
        return invalid_model(str(name_, ": output ", i, " is ", graph.type(graph.outputs()[i]).text(), ", the signature says ", outputs_[i].text()));
    }
    return {};
  }

  std::string name_;
  std::shared_ptr<const PlanFile> file_;
  Signature signature_;
  std::vector<mindir::Declared> inputs_;
  std::vector<TensorType> outputs_;
};

std::string node_text(const ir::Graph& graph, ir::NodeId n, const ops::EngineNode& op) {
  const std::string batches = ops::batches_text(op);
  std::string out = str("  ", graph.node(n).origin, ": ", op.operators, " operators, engine ", op.engine_bytes, " bytes, precision ", op.precision, ", ",
                        op.made, batches.empty() ? "" : ", ", batches, op.body.empty() ? ", without its subgraph" : "", '\n');
  for (ir::ValueId v : graph.node(n).inputs) out += str("    in   ", graph.value(v).name, ": ", graph.type(v).text(), '\n');
  for (ir::ValueId v : graph.node(n).outputs) out += str("    out  ", graph.value(v).name, ": ", graph.type(v).text(), '\n');
  return out;
}

std::string PlanFileModule::text() const {
  const plan::PlanFileSizes& sizes = file_->sizes();
  std::string out = str("plan file of ", sizes.bytes, " bytes: ", sizes.engines, " engines of ", sizes.engine_bytes, " bytes, ", sizes.constants,
                        " constants of ", sizes.constant_bytes, " bytes\n");
  out += file_->about().dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (signature_.batched)
    out += file_->open_entry() ? "where an engine does not fit: one is built for all batch sizes\n"
                               : str("where an engine does not fit: one is built for each batch size: ", file_->why_not_open(), '\n');
  for (size_t i = 0; i < file_->graphs().size(); ++i) {
    out += str("graph ", i, "  ", shapes_key(file_->graphs()[i].shapes), '\n');
    auto graph = file_->graph(i);
    if (!graph.ok()) return out + str("  ", graph.status().message(), '\n');
    for (ir::NodeId n : graph->topological_order()) {
      const ir::Node& node = graph->node(n);
      const auto* op = ir::op_cast<ops::EngineNode>(*node.op);
      out += op ? node_text(*graph, n, *op) : str("  ", node.origin, ": ", node.op->id(), '\n');
    }
  }
  return out;
}

}  // namespace

std::shared_ptr<const mindir::Module> plan_file_module(std::string name, std::shared_ptr<const PlanFile> file, const Signature& signature) {
  return std::make_shared<const PlanFileModule>(std::move(name), std::move(file), signature);
}

}  // namespace mindird::runtime

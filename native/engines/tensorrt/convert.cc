#include "engines/tensorrt/convert.h"

#include "base/strings.h"
#include "engines/node_failure.h"
#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

Status add_inputs(NetworkDraft& draft) {
  const ir::Graph& graph = *draft.graph;
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    const TensorType& type = graph.type(graph.inputs()[i]);
    const auto dtype = trt_type(type.dtype);
    if (!dtype) return unsupported(str("input ", i, ": element type ", dtype_name(type.dtype)));
    trt::ITensor* tensor = draft.network->addInput(input_name(i).c_str(), *dtype, draft.dims(type.shape));
    if (!tensor) return {Code::kEngineFailed, str("TensorRT refused input ", i, " of type ", type.text())};
    tensor->setAllowedFormats(1U << static_cast<uint32_t>(trt::TensorFormat::kLINEAR));
    draft.tensors[graph.inputs()[i]] = tensor;
  }
  return {};
}

Status mark_outputs(NetworkDraft& draft) {
  const ir::Graph& graph = *draft.graph;
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    const ir::ValueId id = graph.outputs()[i];
    if (graph.value(id).producer == ir::kNone) return unsupported(str("output ", i, " is computed by no node"));
    trt::ITensor* tensor = draft.tensors[id];
    // A tensor can be marked once and has one name: a second output of the same value, or a constant's, goes through a layer of its own.
    if (tensor->isNetworkInput() || tensor->isNetworkOutput()) {
      trt::IIdentityLayer* copy = draft.network->addIdentity(*tensor);
      if (!copy) return {Code::kEngineFailed, str("TensorRT refused a copy for output ", i)};
      tensor = copy->getOutput(0);
    }
    tensor->setName(output_name(i).c_str());
    draft.network->markOutput(*tensor);
    tensor->setAllowedFormats(1U << static_cast<uint32_t>(trt::TensorFormat::kLINEAR));
  }
  return {};
}

}  // namespace

std::string input_name(size_t i) { return str("in_", i); }
std::string output_name(size_t i) { return str("out_", i); }

Status convert(NetworkDraft& draft) {
  TRY(add_inputs(draft));
  for (ir::NodeId id : draft.graph->topological_order()) {
    const ir::Node& node = draft.graph->node(id);
    Status status = build_node(draft, id);
    if (!status.ok()) return engines::at_node(std::move(status), node);
  }
  return mark_outputs(draft);
}

}  // namespace mindird::engines::tensorrt

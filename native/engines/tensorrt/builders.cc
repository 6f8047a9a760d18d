#include "engines/tensorrt/builders.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/strings.h"
#include "engines/tensorrt/builders/refusals.h"

namespace mindird::engines::tensorrt {
namespace {

std::map<std::string_view, Builder>& table() {
  static std::map<std::string_view, Builder> builders;
  return builders;
}

int loaded_version = 0;

Verdict general_verdict(const TensorType& type) {
  if (!trt_type(type.dtype)) return Verdict::refuse(str("element type ", dtype_name(type.dtype)));
  if (!type.shape.known()) return Verdict::refuse("sizes known only at run time");
  if (type.shape.rank() > static_cast<size_t>(trt::Dims::MAX_DIMS)) return Verdict::refuse(str("rank ", type.shape.rank(), ", TensorRT has at most 8"));
  if (type.shape.elements() == 0) return Verdict::refuse("an empty tensor");
  return Verdict::accept();
}

}  // namespace

int library_version() { return loaded_version; }
void set_library_version(int version) { loaded_version = version; }

bool add_builder(std::string_view id, const Builder& builder) {
  if (!table().emplace(id, builder).second) {
    std::fprintf(stderr, "tensorrt: two builders for %s\n", std::string(id).c_str());
    std::abort();
  }
  return true;
}

Verdict builder_verdict(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const auto it = table().find(node.op->id());
  if (it == table().end()) return Verdict::refuse(std::string(refusal_of(node.op->id()).value_or("TensorRT has no layer for this operator")));
  for (const auto* values : {&node.inputs, &node.outputs}) {
    for (ir::ValueId v : *values) {
      if (graph.type(v).dtype == DType::kU8 && !it->second.bytes) return Verdict::refuse("element type u8 elsewhere than at the input of a cast");
      if (Verdict verdict = general_verdict(graph.type(v)); !verdict.yes) return verdict;
      if (graph.type(v).dtype == DType::kI8 && !it->second.eight_bits) return Verdict::refuse("element type i8 outside Quantize and Dequantize");
    }
  }
  return it->second.supports ? it->second.supports(graph, node) : Verdict::accept();
}

namespace {

/// A dim that grows must be -1 in the network; one that does not may be -1 where TensorRT has not worked it out.
bool same_dims(const NetworkDraft& draft, const trt::Dims& found, const Shape& want) {
  if (found.nbDims != static_cast<int32_t>(want.rank())) return false;
  for (size_t d = 0; d < want.rank(); ++d) {
    const bool open = draft.placeholder != 0 && found.d[d] == -1;
    if (draft.grows(want[d]) ? !open : !open && found.d[d] != want[d]) return false;
  }
  return true;
}

}  // namespace

Status build_node(NetworkDraft& draft, ir::NodeId id) {
  const ir::Node& node = draft.graph->node(id);
  const auto it = table().find(node.op->id());
  if (it == table().end()) return internal_error(str("no builder for ", node.op->id()));
  NodeBuilder builder(draft, id);
  TRY(it->second.build(builder));
  if (!draft.baked_in.empty()) return unsupported(draft.baked_in);
  for (ir::ValueId output : node.outputs) {
    const trt::ITensor* tensor = draft.tensors[output];
    if (!tensor) return internal_error("the builder set no output");
    const TensorType& want = draft.graph->type(output);
    const trt::Dims found = tensor->getDimensions();
    if (tensor->getType() != trt_type(want.dtype) || !same_dims(draft, found, want.shape)) {
      return {Code::kEngineFailed, str("TensorRT gives type ", static_cast<int>(tensor->getType()), " ", ir_shape(found).text(), ", want ", want.text())};
    }
  }
  return {};
}

Verdict input_type_among(const ir::Graph& graph, const ir::Node& node, std::initializer_list<DType> types) {
  const DType dtype = graph.type(node.inputs[0]).dtype;
  if (std::find(types.begin(), types.end(), dtype) != types.end()) return Verdict::accept();
  return Verdict::refuse(str("element type ", dtype_name(dtype)));
}

Verdict floating_input(const ir::Graph& graph, const ir::Node& node) { return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16}); }

}  // namespace mindird::engines::tensorrt

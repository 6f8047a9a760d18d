#include "ops/control/bodies.h"

#include <algorithm>
#include <cstring>

#include "ops/support.h"

namespace mindird::ops {

ir::Types input_types(const ir::Graph& graph) {
  ir::Types out;
  for (ir::ValueId v : graph.inputs()) out.push_back(graph.type(v));
  return out;
}

ir::Types output_types(const ir::Graph& graph) {
  ir::Types out;
  for (ir::ValueId v : graph.outputs()) out.push_back(graph.type(v));
  return out;
}

Result<TensorType> common_type(const TensorType& a, const TensorType& b, std::string_view what) {
  if (a.dtype != b.dtype || a.shape.rank() != b.shape.rank())
    return unsupported(str(what, " is ", a.text(), " on one way and ", b.text(), " on another, want one type"));
  TensorType out = a;
  for (size_t d = 0; d < out.shape.rank(); ++d) {
    if (a.shape[d] != b.shape[d]) out.shape[d] = -1;
  }
  return out;
}

bool fits(const TensorType& given, const TensorType& want) {
  return given.dtype == want.dtype && std::ranges::equal(given.shape, want.shape, [](int64_t x, int64_t y) { return x == y || x < 0 || y < 0; });
}

Status expect_inputs(const ir::Graph& body, std::span<const TensorType> in) {
  const ir::Types want = input_types(body);
  TRY(expect_arity(in, want.size()));
  for (size_t i = 0; i < want.size(); ++i) {
    if (!fits(in[i], want[i])) return invalid_argument(str("input ", i, " of the graph inside is given ", in[i].text(), ", want ", want[i].text()));
  }
  return {};
}

Status expect_flag(const TensorType& type, std::string_view what) {
  const bool one = type.shape.known() && type.checked_bytes() == 1;
  return type.dtype == DType::kBool && one ? Status() : invalid_argument(str(what, " is ", type.text(), ", want one bool"));
}

Status deliver(std::span<const Tensor> results, const ir::EvalArgs& args) {
  for (size_t i = 0; i < results.size(); ++i) {
    const bool ready = args.outputs[i].type.shape.known() && args.outputs[i].type == results[i].type;
    if (!ready && !args.allocate) return internal_error(str("output ", i, " is ", results[i].type.text(), ", want ", args.outputs[i].type.text()));
    if (!ready) TRY(args.allocate(i, results[i].type.shape));
    if (results[i].bytes() > 0) std::memcpy(args.outputs[i].data, results[i].data, results[i].bytes());
  }
  return {};
}

double work_of(const ir::Graph& graph) {
  double work = 0;
  for (ir::NodeId n : graph.topological_order()) {
    const ir::Types inputs = graph.input_types(n);
    const ir::Types outputs = graph.output_types(n);
    const auto known = [](const TensorType& type) { return type.shape.known(); };
    if (std::ranges::all_of(inputs, known) && std::ranges::all_of(outputs, known)) work += graph.node(n).op->cost(inputs, outputs);
  }
  return work;
}

}  // namespace mindird::ops

// Slice: a view into the input's memory. Steps against the direction of memory are evaluated.
#include "ops/movement/slice.h"

#include <algorithm>

#include "engines/cpu/builders.h"

namespace mindird::engines::cpu {
namespace {

Verdict supports(const ir::Graph& graph, ir::NodeId node) {
  const auto& stride = static_cast<const ops::Slice&>(*graph.node(node).op).stride;
  const bool forward = std::all_of(stride.begin(), stride.end(), [](int64_t s) { return s > 0; });
  return forward ? Verdict::accept() : Verdict::refuse("negative steps");
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Slice>();
  TRY_ASSIGN(Placed x, b.in(0));
  int64_t first = 0;
  Layout layout{b.out_type().shape, {}};
  for (size_t d = 0; d < layout.dims.rank(); ++d) {
    first += op.begin[d] * x.layout.strides[d];
    layout.strides.push_back(op.stride[d] * x.layout.strides[d]);
  }
  x.ref.offset += static_cast<size_t>(first) * dtype_size(x.dtype);
  b.set_view(0, {x.ref, x.dtype, std::move(layout)});
  return {};
}

REGISTER_BUILDER(Slice, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu

// Gather: x is [batches][outer][extent][row], the indices [batches][count], y [batches][outer][count][row].
#include "ops/indexing/gather.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/lookups.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Gather>();
  const Shape& x = b.in_type(0).shape;
  const size_t axis = *normalize_axis(op.axis, x.rank());
  RowLookup lookup;
  int64_t batches = 1;
  for (size_t d = 0; d < axis; ++d) (static_cast<int64_t>(d) < op.batch_dims ? batches : lookup.blocks_sharing) *= x[d];
  lookup.bytes = static_cast<int64_t>(dtype_size(b.in_type(0).dtype));
  for (size_t d = axis + 1; d < x.rank(); ++d) lookup.bytes *= x[d];
  lookup.count = b.in_type(1).shape.elements() / batches;
  lookup.slab = x[axis] * lookup.bytes;
  lookup.extent[0] = x[axis];
  lookup.stride[0] = lookup.bytes;
  return emit_lookup(b, lookup);
}

REGISTER_BUILDER(Gather, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu

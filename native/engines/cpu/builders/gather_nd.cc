// GatherNd: the last dim of the indices addresses the leading dims of x, what remains of x is a row.
#include "ops/indexing/gather_nd.h"

#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/lookups.h"

namespace mindird::engines::cpu {
namespace {

Status build(NodeBuilder& b) {
  const Shape& x = b.in_type(0).shape;
  const Shape& indices = b.in_type(1).shape;
  RowLookup lookup;
  lookup.depth = static_cast<size_t>(indices[indices.rank() - 1]);
  lookup.count = indices.elements() / indices[indices.rank() - 1];
  lookup.bytes = static_cast<int64_t>(dtype_size(b.in_type(0).dtype));
  for (size_t d = lookup.depth; d < x.rank(); ++d) lookup.bytes *= x[d];
  int64_t stride = lookup.bytes;
  for (size_t d = lookup.depth; d-- > 0;) {
    lookup.extent[d] = x[d];
    lookup.stride[d] = stride;
    stride *= x[d];
  }
  return emit_lookup(b, lookup);
}

REGISTER_BUILDER(GatherNd, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu

// GatherElements: every output element reads x at its own position, but along the axis where its index says.
#include "ops/indexing/gather_elements.h"

#include "engines/cpu/base/loop_nest.h"
#include "engines/cpu/base/stream.h"
#include "engines/cpu/build/builder.h"
#include "engines/cpu/builders/views.h"
#include "engines/cpu/emit/lookups.h"
#include "ops/indexing/support_index.h"

namespace mindird::engines::cpu {
namespace {

struct ElementLookup {
  int64_t extent = 0;
  int64_t stride = 0;  // of x along the axis
  int64_t x_step = 0;  // of x from one output element of a run to the next
};

/// A run of `count` elements; gives the first one whose index is out of range, or kNoBadRow.
template <size_t N, class Index>
int64_t look_up(const ElementLookup& l, const Index* indices, const std::byte* x, std::byte* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<int64_t>(indices[i]);
    if (index < -l.extent || index >= l.extent) return i;
    const int64_t at = i * l.x_step + (index < 0 ? index + l.extent : index) * l.stride;
    std::memcpy(y + i * static_cast<int64_t>(N), x + at * static_cast<int64_t>(N), N);
  }
  return kNoBadRow;
}

template <size_t N>
int64_t look_up_typed(const ElementLookup& l, const Tensor& indices, int64_t first, const std::byte* x, std::byte* y, int64_t count) {
  return indices.dtype() == DType::kI64 ? look_up<N>(l, indices.as<const int64_t>().data() + first, x, y, count)
                                        : look_up<N>(l, indices.as<const int32_t>().data() + first, x, y, count);
}

Status build(NodeBuilder& b) {
  TRY_ASSIGN(const Placed x, b.in(0));
  TRY_ASSIGN(const Placed indices, b.in_plain(1));
  const Placed y = b.out(0, Layout::plain(b.out_type().shape));
  const size_t axis = *normalize_axis(b.op<ops::GatherElements>().axis, x.layout.dims.rank());
  Layout beside{y.layout.dims, x.layout.strides};
  beside.strides[axis] = 0;
  const LoopNest nest(y.layout, {beside});
  const ElementLookup lookup{x.layout.dims[axis], x.layout.strides[axis], nest.run_step(1)};
  b.emit("elements", {x.ref, indices.ref, y.ref}, [=](const Frame& frame) -> Status {
    const Tensor table = frame.tensor(indices);
    FirstFault fault;
    ops::dispatch_element_size(y.dtype, [&]<size_t N>() {
      parallel_for(frame.threads, nest.elements(), [&](int64_t first, int64_t last) {
        nest.for_runs(first, last, [&](const Offsets& o, int64_t count) {
          const auto width = static_cast<int64_t>(N);
          const int64_t bad = look_up_typed<N>(lookup, table, o[0], frame.at(x.ref) + o[1] * width, frame.at(y.ref) + o[0] * width, count);
          if (bad != kNoBadRow) fault.report(o[0] + bad);
        });
      });
    });
    if (!fault.any()) return {};
    const auto at = static_cast<size_t>(fault.position());
    return ops::index_error(ops::read_index(table, at), at, lookup.extent);
  });
  return {};
}

REGISTER_BUILDER(GatherElements, {.supports = supports_any, .build = build});

}  // namespace
}  // namespace mindird::engines::cpu

#include "engines/cpu/emit/lookups.h"

#include "engines/cpu/base/stream.h"

namespace mindird::engines::cpu {

Status emit_lookup(NodeBuilder& b, const RowLookup& lookup) {
  TRY_ASSIGN(const Placed x, b.in_plain(0));
  TRY_ASSIGN(const Placed indices, b.in_plain(1));
  const Placed y = b.out(0, Layout::plain(b.out_type().shape));
  const int64_t rows = static_cast<int64_t>(y.type().bytes()) / lookup.bytes;
  b.emit("rows", {x.ref, indices.ref, y.ref}, [=, x = x.ref, y = y.ref](const Frame& frame) -> Status {
    const Tensor table = frame.tensor(indices);
    FirstFault fault;
    parallel_for(frame.threads, rows, [&](int64_t first, int64_t last) { fault.report(look_up_rows(lookup, table, frame.at(x), frame.at(y), first, last)); });
    return fault.any() ? bad_row(lookup, table, fault.position()) : Status{};
  });
  return {};
}

}  // namespace mindird::engines::cpu

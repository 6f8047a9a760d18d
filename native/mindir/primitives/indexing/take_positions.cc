#include "mindir/primitives/indexing/take_positions.h"

#include "base/checked.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {

Result<ir::ValueId> take_positions(Call& call, std::vector<ir::ValueId> parts, size_t own, std::span<const int64_t> table, std::vector<int64_t> dims) {
  const Shape first = call.shape(parts[0]);
  std::vector<int64_t> outer(first.begin(), first.end() - static_cast<std::ptrdiff_t>(own));
  for (ir::ValueId& part : parts) {
    TRY(call.want_known(part));
    const Shape shape = call.shape(part);
    std::vector<int64_t> lists = outer;
    if (shape.rank() == 0 && first.rank() > 0) {
      lists.push_back(1);
      TRY_ASSIGN(part, call.expand(part, std::move(lists)));
      continue;
    }
    const auto size = checked_product(shape.dims().subspan(shape.rank() - own));
    if (!size) return invalid_model("a tensor that is too large");
    lists.push_back(*size);
    TRY_ASSIGN(part, call.reshape(part, std::move(lists)));
  }
  const size_t axis = outer.size();
  TRY_ASSIGN(const ir::ValueId all, parts.size() == 1 ? Result<ir::ValueId>(parts[0]) : call.concat(std::move(parts), axis));
  TRY_ASSIGN(const ir::ValueId positions, integer_constant(call, table, {static_cast<int64_t>(table.size())}));
  auto gather = std::make_shared<ops::Gather>();
  gather->axis = static_cast<int64_t>(axis);
  TRY_ASSIGN(const ir::ValueId taken, call.emit(std::move(gather), {all, positions}));
  return call.reshape(taken, std::move(dims));
}

}  // namespace mindird::mindir

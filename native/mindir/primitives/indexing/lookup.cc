// Taking elements by position in newer and older forms: IndexSelect, Take, GatherNdExt, Index, UnravelIndex.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_nd.h"
#include "ops/indexing/non_zero.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<ir::ValueId> gather(Call& call, ir::ValueId x, ir::ValueId index, int64_t given) {
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  auto op = std::make_shared<ops::Gather>();
  op->axis = static_cast<int64_t>(axis);
  return call.emit(std::move(op), {x, index});
}

Result<Item> lower_index_select(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t axis, call.integer("dim", 1));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 2));
  return call.result(gather(call, x, index, axis));
}

/// Of the elements as one list.
Result<Item> lower_take(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
  TRY(call.want_known(x));
  TRY_ASSIGN(x, call.reshape(x, {call.shape(x).elements()}));
  return call.result(gather(call, x, index, 0));
}

Result<Item> lower_gather_nd_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
  return call.result(call.emit(std::make_shared<ops::GatherNd>(), {x, index}));
}

/// One index tensor per leading dimension, or one mask.
Result<Item> lower_index(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  const Items* members = call.input(1).tuple();
  if (!members || members->empty() || members->size() > call.rank(x)) {
    return invalid_model(str("the indices are ", call.input(1).text(), ", want a tuple of 1 to ", call.rank(x), " tensors"));
  }
  std::vector<ir::ValueId> indices;
  for (const Item& member : *members) {
    TRY_ASSIGN(const ir::ValueId index, call.tensor_of(member));
    indices.push_back(index);
  }
  ir::ValueId joined = 0;
  if (call.type(indices[0]).dtype == DType::kBool) {
    if (indices.size() > 1) return unsupported("a mask among other indices");
    TRY_ASSIGN(joined, call.emit(std::make_shared<ops::NonZero>(), {indices[0]}));
  } else {
    TRY_ASSIGN(joined, joined_indices(call, indices));
  }
  return call.result(call.emit(std::make_shared<ops::GatherNd>(), {x, joined}));
}

/// One index into a tensor of these dims as one index per dimension, which come first in the result.
Result<Item> lower_unravel_index(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(const std::vector<int64_t> dims, call.integers("dims", 1));
  TRY(call.want_known(index));
  if (dims.empty() || std::any_of(dims.begin(), dims.end(), [](int64_t dim) { return dim < 1; }))
    return invalid_model(str("dims are ", list_text<int64_t>(dims)));
  std::vector<int64_t> line = call.shape(index).vector();
  line.insert(line.begin(), 1);
  std::vector<ir::ValueId> parts(dims.size());
  ir::ValueId rest = index;
  for (size_t i = dims.size(); i-- > 0;) {
    TRY_ASSIGN(const ir::ValueId place, call.binary(BinaryKind::kFloorMod, rest, static_cast<double>(dims[i])));
    TRY_ASSIGN(rest, call.binary(BinaryKind::kFloorDiv, rest, static_cast<double>(dims[i])));
    TRY_ASSIGN(parts[i], call.reshape(place, line));
  }
  return call.result(call.concat(std::move(parts), 0));
}

REGISTER_PRIMITIVE(IndexSelect, lower_index_select);
REGISTER_PRIMITIVE(Take, lower_take);
REGISTER_PRIMITIVE(GatherNdExt, lower_gather_nd_ext);
REGISTER_PRIMITIVE(Index, lower_index);
REGISTER_PRIMITIVE(InnerIndex, lower_index);
REGISTER_PRIMITIVE(UnravelIndex, lower_unravel_index);

}  // namespace
}  // namespace mindird::mindir

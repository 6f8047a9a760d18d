// Looking elements up by position: Gather, GatherD, GatherNd, OneHot.
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_elements.h"
#include "ops/indexing/gather_nd.h"
#include "ops/indexing/one_hot.h"

namespace mindird::mindir {
namespace {

/// Rows along an axis, of matched leading dimensions where the primitive knows them.
LowerFunction gather(bool has_batch_dims) {
  return [has_batch_dims](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
    auto op = std::make_shared<ops::Gather>();
    TRY_ASSIGN(const int64_t given, call.integer("axis", 2, 0));
    TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
    op->axis = static_cast<int64_t>(axis);
    if (has_batch_dims) {
      TRY_ASSIGN(op->batch_dims, call.integer("batch_dims", 3, 0));
      if (op->batch_dims < 0) op->batch_dims += static_cast<int64_t>(call.rank(index));
    }
    return call.result(call.emit(std::move(op), {x, index}));
  };
}

Result<Item> lower_gather_d(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 2));
  auto op = std::make_shared<ops::GatherElements>();
  TRY_ASSIGN(const int64_t given, call.integer("dim", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  op->axis = static_cast<int64_t>(axis);
  return call.result(call.emit(std::move(op), {x, index}));
}

Result<Item> lower_gather_nd(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
  return call.result(call.emit(std::make_shared<ops::GatherNd>(), {x, index}));
}

Result<Item> lower_one_hot(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(const ir::ValueId on, call.tensor(2));
  TRY_ASSIGN(const ir::ValueId off, call.tensor(3));
  auto op = std::make_shared<ops::OneHot>();
  TRY_ASSIGN(op->depth, call.integer("depth", 1));
  TRY_ASSIGN(op->axis, call.integer("axis", 4, -1));
  return call.result(call.emit(std::move(op), {index, on, off}));
}

REGISTER_PRIMITIVE(Gather, gather(true));
REGISTER_PRIMITIVE(SparseGatherV2, gather(false));
REGISTER_PRIMITIVE(GatherD, lower_gather_d);
REGISTER_PRIMITIVE(GatherNd, lower_gather_nd);
REGISTER_PRIMITIVE(OneHot, lower_one_hot);
REGISTER_PRIMITIVE(OneHotExt, lower_one_hot);

}  // namespace
}  // namespace mindird::mindir

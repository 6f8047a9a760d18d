// EmbeddingLookup: rows of a table at ids less an offset; an id outside of the table gives a row of zeros.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

Result<ir::ValueId> in_table(Call& call, ir::ValueId ids, int64_t rows) {
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(ids).dtype));
  TRY_ASSIGN(const ir::ValueId end, call.scalar(static_cast<double>(rows), call.type(ids).dtype));
  TRY_ASSIGN(const ir::ValueId from, call.compare(CompareKind::kGreaterEqual, ids, zero));
  TRY_ASSIGN(const ir::ValueId to, call.compare(CompareKind::kLess, ids, end));
  return call.binary(BinaryKind::kLogicalAnd, from, to);
}

Result<Item> lower_embedding_lookup(Call& call) {
  TRY_ASSIGN(const ir::ValueId table, call.tensor(0));
  TRY_ASSIGN(ir::ValueId ids, call.tensor(1));
  TRY_ASSIGN(const int64_t offset, call.integer("offset", 2));
  if (call.rank(table) == 0) return invalid_model("the table has rank 0, want 1 or more");
  TRY(call.want_known(table));
  if (call.type(ids).dtype != DType::kI32 && call.type(ids).dtype != DType::kI64)
    return invalid_model(str("ids are ", call.type(ids).text(), ", want i32 or i64"));
  if (offset != 0) {
    TRY_ASSIGN(const ir::ValueId first, call.constant({DType::kI64, {}}, std::as_bytes(std::span(&offset, 1))));
    TRY_ASSIGN(ids, call.cast(ids, DType::kI64));
    TRY_ASSIGN(ids, call.binary(BinaryKind::kSub, ids, first));
  }
  TRY_ASSIGN(ir::ValueId inside, in_table(call, ids, call.shape(table)[0]));
  TRY_ASSIGN(const ir::ValueId zero_id, call.scalar(0, call.type(ids).dtype));
  TRY_ASSIGN(const ir::ValueId safe, call.select(inside, ids, zero_id));
  TRY_ASSIGN(const ir::ValueId rows, call.emit(std::make_shared<ops::Gather>(), {table, safe}));
  std::vector<int64_t> dims = call.shape(inside).vector();
  dims.insert(dims.end(), call.rank(table) - 1, 1);
  TRY_ASSIGN(inside, call.reshape(inside, std::move(dims)));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(table).dtype));
  return call.result(call.select(inside, rows, zero));
}

REGISTER_PRIMITIVE(EmbeddingLookup, lower_embedding_lookup);

}  // namespace
}  // namespace mindird::mindir

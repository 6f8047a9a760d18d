// Embedding (mint): rows of a table. `padding_idx` and `scale_grad_by_freq` matter only while training.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_embedding(Call& call) {
  TRY_ASSIGN(ir::ValueId index, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId table, call.tensor(1));
  if (call.has("max_norm", 3)) return unsupported("max_norm rescales rows of the table while they are read, which is not supported");
  TRY(call.want_rank(table, 2, "the table"));
  const DType dtype = call.type(index).dtype;
  if (!is_integer(dtype)) return invalid_model(str("indices of type ", call.type(index).text(), ", want integers"));
  if (dtype != DType::kI32 && dtype != DType::kI64) {
    TRY_ASSIGN(index, call.cast(index, DType::kI64));
  }
  return call.result(call.emit(std::make_shared<ops::Gather>(), {table, index}));
}

REGISTER_PRIMITIVE(Embedding, lower_embedding);

}  // namespace
}  // namespace mindird::mindir

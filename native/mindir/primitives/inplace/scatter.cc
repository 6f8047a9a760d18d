// Primitives that write slices into a parameter: Scatter… whole rows of it, ScatterNd… what the last dimension of the indices addresses.
#include "mindir/primitives/indexing/indices.h"
#include "mindir/primitives/inplace/stored.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::mindir {
namespace {

using ops::ScatterKind;

/// (parameter, indices, updates)
LowerFunction scatter(ScatterKind kind, bool rows) {
  return [kind, rows](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(ir::ValueId index, index_tensor(call, 1));
    TRY_ASSIGN(const ir::ValueId given, call.tensor(2));
    TRY_ASSIGN(const ir::ValueId updates, call.cast(given, call.type(x).dtype));
    if (rows) {
      std::vector<int64_t> dims = call.shape(index).vector();
      dims.push_back(1);
      TRY_ASSIGN(index, call.reshape(index, std::move(dims)));
    }
    auto op = std::make_shared<ops::ScatterNd>();
    op->kind = kind;
    TRY_ASSIGN(const ir::ValueId value, call.emit(std::move(op), {x, index, updates}));
    return stored(call, value);
  };
}

REGISTER_PRIMITIVE(ScatterAdd, scatter(ScatterKind::kAdd, true));
REGISTER_PRIMITIVE(ScatterDiv, scatter(ScatterKind::kDiv, true));
REGISTER_PRIMITIVE(ScatterMax, scatter(ScatterKind::kMax, true));
REGISTER_PRIMITIVE(ScatterMin, scatter(ScatterKind::kMin, true));
REGISTER_PRIMITIVE(ScatterMul, scatter(ScatterKind::kMul, true));
REGISTER_PRIMITIVE(ScatterSub, scatter(ScatterKind::kSub, true));
REGISTER_PRIMITIVE(ScatterUpdate, scatter(ScatterKind::kUpdate, true));
REGISTER_PRIMITIVE(ScatterNdAdd, scatter(ScatterKind::kAdd, false));
REGISTER_PRIMITIVE(ScatterNdDiv, scatter(ScatterKind::kDiv, false));
REGISTER_PRIMITIVE(ScatterNdMax, scatter(ScatterKind::kMax, false));
REGISTER_PRIMITIVE(ScatterNdMin, scatter(ScatterKind::kMin, false));
REGISTER_PRIMITIVE(ScatterNdMul, scatter(ScatterKind::kMul, false));
REGISTER_PRIMITIVE(ScatterNdSub, scatter(ScatterKind::kSub, false));
REGISTER_PRIMITIVE(ScatterNdUpdate, scatter(ScatterKind::kUpdate, false));
REGISTER_PRIMITIVE(ScatterNonAliasingAdd, scatter(ScatterKind::kAdd, false));

}  // namespace
}  // namespace mindird::mindir

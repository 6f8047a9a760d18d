// Triangles of matrices: Triu, Tril and their newer forms.
#include "mindir/primitives/primitive.h"
#include "ops/movement/triangle.h"

namespace mindird::mindir {
namespace {

LowerFunction triangle(bool upper) {
  return [upper](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    auto op = std::make_shared<ops::Triangle>();
    op->upper = upper;
    TRY_ASSIGN(op->diagonal, call.integer("diagonal", 1, 0));
    return call.result(call.emit(std::move(op), {x}));
  };
}

REGISTER_PRIMITIVE(Triu, triangle(true));
REGISTER_PRIMITIVE(Tril, triangle(false));
REGISTER_PRIMITIVE(TrilExt, triangle(false));

}  // namespace
}  // namespace mindird::mindir

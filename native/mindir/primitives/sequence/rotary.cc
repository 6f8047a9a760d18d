// RotaryPositionEmbedding: x cos + turned(x) sin. Mode 0 turns the halves of the last dimension, (a, b) to (-b, a); mode 1 its pairs.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<ir::ValueId> turned(Call& call, ir::ValueId x, bool pairs) {
  const std::vector<int64_t> dims = call.shape(x).vector();
  const int64_t half = dims.back() / 2;
  std::vector<int64_t> split = dims;
  split.back() = pairs ? half : 2;
  split.push_back(pairs ? 2 : half);
  const size_t axis = pairs ? dims.size() : dims.size() - 1;
  TRY_ASSIGN(const ir::ValueId parts, call.reshape(x, split));
  TRY_ASSIGN(const ir::ValueId a, call.slice(parts, axis, 0, 1));
  TRY_ASSIGN(const ir::ValueId b, call.slice(parts, axis, 1, 1));
  TRY_ASSIGN(const ir::ValueId negative, call.unary(ops::UnaryKind::kNeg, b));
  TRY_ASSIGN(const ir::ValueId joined, call.concat({negative, a}, axis));
  return call.reshape(joined, dims);
}

Result<Item> lower_rotary(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId cos, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId sin, call.tensor(2));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t mode, call.integer("mode", 3, 0));
  if (mode != 0 && mode != 1) return unsupported(str("mode is ", mode, ", want 0 (halves) or 1 (pairs)"));
  if (call.rank(x) == 0 || call.rank(x) >= kMaxRank || call.shape(x)[call.rank(x) - 1] % 2 != 0)
    return invalid_model(str("the input is ", call.type(x).text(), ", want an even last dimension"));
  TRY_ASSIGN(const ir::ValueId straight, call.binary(BinaryKind::kMul, x, cos));
  TRY_ASSIGN(const ir::ValueId other, turned(call, x, mode == 1));
  TRY_ASSIGN(const ir::ValueId crossed, call.binary(BinaryKind::kMul, other, sin));
  return call.result(call.binary(BinaryKind::kAdd, straight, crossed));
}

REGISTER_PRIMITIVE(RotaryPositionEmbedding, lower_rotary);

}  // namespace
}  // namespace mindird::mindir

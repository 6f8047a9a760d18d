#include "mindir/primitives/image/grid.h"

namespace mindird::mindir {

Result<ir::ValueId> as_grid(Call& call, ir::ValueId pixels, int64_t size) {
  if (size == 1) return call.binary(ops::BinaryKind::kMul, pixels, 0.0);
  TRY_ASSIGN(const ir::ValueId scaled, call.binary(ops::BinaryKind::kMul, pixels, 2.0 / static_cast<double>(size - 1)));
  return call.binary(ops::BinaryKind::kSub, scaled, 1.0);
}

}  // namespace mindird::mindir

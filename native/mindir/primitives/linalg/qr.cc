// Orthogonal factors from Householder's reflections.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/linalg/parts.h"
#include "ops/linalg/householder_product.h"
#include "ops/linalg/householder_qr.h"

namespace mindird::mindir {
namespace {

Result<ir::ValueId> orthogonal(Call& call, ir::ValueId packed, ir::ValueId tau, int64_t columns) {
  auto op = std::make_shared<ops::HouseholderProduct>();
  op->columns = columns;
  return call.emit(std::move(op), {packed, tau});
}

/// (Q, R): as many columns of Q and rows of R as A's shorter side has, or with full_matrices as A has rows.
Result<Item> lower_qr(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const bool full, call.flag("full_matrices", 1, false));
  TRY_ASSIGN(const auto parts, call.emit_all(std::make_shared<ops::HouseholderQr>(), {a}));
  const int64_t size = full ? rows_of(call, a) : std::min(rows_of(call, a), columns_of(call, a));
  TRY_ASSIGN(const ir::ValueId q, orthogonal(call, parts[0], parts[1], size));
  TRY_ASSIGN(const ir::ValueId top, call.slice(parts[0], call.rank(a) - 2, 0, size));
  TRY_ASSIGN(const ir::ValueId r, triangle(call, top, true, 0));
  return tuple_of(std::vector<ir::ValueId>{q, r});
}

Result<Item> lower_geqrf(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, matrix_input(call, 0));
  TRY_ASSIGN(const auto parts, call.emit_all(std::make_shared<ops::HouseholderQr>(), {a}));
  return tuple_of(parts);
}

Result<Item> lower_orgqr(Call& call) {
  TRY_ASSIGN(const ir::ValueId packed, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId tau, call.tensor(1));
  return call.result(orthogonal(call, packed, tau, columns_of(call, packed)));
}

/// Q C, Q^T C, C Q or C Q^T, where Q is square.
Result<Item> lower_ormqr(Call& call) {
  TRY_ASSIGN(const ir::ValueId packed, matrix_input(call, 0));
  TRY_ASSIGN(const ir::ValueId tau, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId other, matrix_input(call, 2));
  TRY_ASSIGN(const bool left, call.flag("left", 3, true));
  TRY_ASSIGN(const bool transpose, call.flag("transpose", 4, false));
  TRY_ASSIGN(const ir::ValueId q, orthogonal(call, packed, tau, rows_of(call, packed)));
  return call.result(left ? multiply(call, q, other, transpose, false) : multiply(call, other, q, false, transpose));
}

REGISTER_PRIMITIVE(Qr, lower_qr);
REGISTER_PRIMITIVE(Geqrf, lower_geqrf);
REGISTER_PRIMITIVE(Orgqr, lower_orgqr);
REGISTER_PRIMITIVE(Ormqr, lower_ormqr);

}  // namespace
}  // namespace mindird::mindir

// Matrix products under the names of today's interface, and products to which a tensor is added: beta input + alpha (a b).
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"
#include "ops/linear/matmul.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

Result<ir::ValueId> product(Call& call, ir::ValueId a, ir::ValueId b) {
  const auto dtype = promoted(call.type(a).dtype, call.type(b).dtype);
  if (!dtype) return unsupported(str("no common element type of ", call.type(a).text(), " and ", call.type(b).text()));
  TRY_ASSIGN(a, call.cast(a, *dtype));
  TRY_ASSIGN(b, call.cast(b, *dtype));
  return call.emit(std::make_shared<ops::MatMul>(), {a, b});
}

/// The tensor at a position, which has this rank.
Result<ir::ValueId> of_rank(Call& call, size_t position, size_t rank) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(position));
  TRY(call.want_rank(x, rank, str("input ", position)));
  return x;
}

/// A vector as a matrix of one column.
Result<ir::ValueId> as_column(Call& call, ir::ValueId x) {
  TRY(call.want_known(x));
  return call.reshape(x, {call.shape(x)[0], 1});
}

Result<ir::ValueId> without_last(Call& call, ir::ValueId x) {
  std::vector<int64_t> dims = call.shape(x).vector();
  dims.pop_back();
  return call.reshape(x, std::move(dims));
}

/// Two matrices, or two stacks of equally many.
LowerFunction matrices(size_t rank) {
  return [rank](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId a, of_rank(call, 0, rank));
    TRY_ASSIGN(const ir::ValueId b, of_rank(call, 1, rank));
    return call.result(product(call, a, b));
  };
}

Result<ir::ValueId> matrix_vector(Call& call, size_t first) {
  TRY_ASSIGN(const ir::ValueId a, of_rank(call, first, 2));
  TRY_ASSIGN(const ir::ValueId x, of_rank(call, first + 1, 1));
  TRY_ASSIGN(const ir::ValueId column, as_column(call, x));
  TRY_ASSIGN(const ir::ValueId y, product(call, a, column));
  return without_last(call, y);
}

Result<Item> lower_mv(Call& call) { return call.result(matrix_vector(call, 0)); }

/// The sum of the products of two vectors.
Result<Item> lower_dot(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, of_rank(call, 0, 1));
  TRY_ASSIGN(const ir::ValueId y, of_rank(call, 1, 1));
  TRY(call.want_known(x));
  TRY_ASSIGN(const ir::ValueId row, call.reshape(x, {1, call.shape(x)[0]}));
  TRY_ASSIGN(const ir::ValueId column, as_column(call, y));
  TRY_ASSIGN(const ir::ValueId z, product(call, row, column));
  return call.result(call.reshape(z, {}));
}

/// All products of two vectors.
Result<Item> lower_outer(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  TRY(call.want_rank(pair.first, 1, "input 0"));
  TRY(call.want_rank(pair.second, 1, "input 1"));
  TRY_ASSIGN(const ir::ValueId column, as_column(call, pair.first));
  return call.result(call.binary(BinaryKind::kMul, column, pair.second));
}

/// x times the number at a position, 1 when it is absent; no node for 1.
Result<ir::ValueId> times(Call& call, ir::ValueId x, std::string_view name, size_t position) {
  TRY_ASSIGN(const double factor, call.number(name, position, 1.0));
  if (factor == 1.0) return x;
  return call.binary(BinaryKind::kMul, x, factor);
}

/// beta input + alpha z; input 0 is not read where beta is 0, so that NaN in it does not spread.
Result<Item> added(Call& call, ir::ValueId z) {
  TRY_ASSIGN(const ir::ValueId scaled, times(call, z, "alpha", 4));
  TRY_ASSIGN(const double beta, call.number("beta", 3, 1.0));
  TRY_ASSIGN(const ir::ValueId input, call.tensor(0));
  const auto dtype = promoted(call.type(input).dtype, call.type(scaled).dtype);
  if (!dtype) return unsupported(str("no common element type of ", call.type(input).text(), " and ", call.type(scaled).text()));
  TRY_ASSIGN(const ir::ValueId typed, call.cast(scaled, *dtype));
  if (beta == 0.0) return Item(Computed{typed});
  TRY_ASSIGN(const ir::ValueId given, call.cast(input, *dtype));
  TRY_ASSIGN(const ir::ValueId weighted, times(call, given, "beta", 3));
  TRY_ASSIGN(const ir::ValueId sum, call.binary(BinaryKind::kAdd, typed, weighted));
  if (call.shape(sum) != call.shape(typed))
    return invalid_model(str("input 0 is ", call.type(input).text(), ", which does not broadcast to ", call.type(typed).text()));
  return Item(Computed{sum});
}

LowerFunction add_product(size_t rank) {
  return [rank](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId a, of_rank(call, 1, rank));
    TRY_ASSIGN(const ir::ValueId b, of_rank(call, 2, rank));
    TRY_ASSIGN(const ir::ValueId z, product(call, a, b));
    return added(call, z);
  };
}

/// The sum over the stack of products.
Result<Item> lower_addbmm(Call& call) {
  TRY_ASSIGN(const ir::ValueId a, of_rank(call, 1, 3));
  TRY_ASSIGN(const ir::ValueId b, of_rank(call, 2, 3));
  TRY_ASSIGN(const ir::ValueId stack, product(call, a, b));
  TRY_ASSIGN(const ir::ValueId z, call.reduce(ops::ReduceKind::kSum, stack, {0}, false));
  return added(call, z);
}

Result<Item> lower_addmv(Call& call) {
  TRY_ASSIGN(const ir::ValueId z, matrix_vector(call, 1));
  return added(call, z);
}

REGISTER_PRIMITIVE(Mm, matrices(2));
REGISTER_PRIMITIVE(BatchMatMulExt, matrices(3));
REGISTER_PRIMITIVE(Mv, lower_mv);
REGISTER_PRIMITIVE(Dot, lower_dot);
REGISTER_PRIMITIVE(Outer, lower_outer);
REGISTER_PRIMITIVE(Addmm, add_product(2));
REGISTER_PRIMITIVE(Baddbmm, add_product(3));
REGISTER_PRIMITIVE(Addbmm, lower_addbmm);
REGISTER_PRIMITIVE(Addmv, lower_addmv);

}  // namespace
}  // namespace mindird::mindir

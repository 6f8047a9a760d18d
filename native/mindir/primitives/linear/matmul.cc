// Matrix products and the bias that follows them.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/linear/matmul.h"

namespace mindird::mindir {
namespace {

Result<ir::ValueId> emit_matmul(Call& call, std::vector<ir::ValueId> inputs, bool transpose_a, bool transpose_b) {
  auto op = std::make_shared<ops::MatMul>();
  op->transpose_a = transpose_a;
  op->transpose_b = transpose_b;
  return call.emit(std::move(op), std::move(inputs));
}

/// Both operands have the same rank: 2 for MatMul, more for BatchMatMul.
Result<Item> lower_matmul(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId y, call.tensor(1));
  TRY_ASSIGN(const bool transpose_a, call.flag("transpose_a", 2, false));
  TRY_ASSIGN(const bool transpose_b, call.flag("transpose_b", 3, false));
  return call.result(emit_matmul(call, {x, y}, transpose_a, transpose_b));
}

/// NumPy's matmul: vectors count as a row on the left and as a column on the right, and lose that dimension again.
Result<Item> lower_matmul_ext(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId y, call.tensor(1));
  const bool row = call.rank(x) == 1;
  const bool column = call.rank(y) == 1;
  if (row) {
    TRY_ASSIGN(x, call.reshape(x, {1, call.shape(x)[0]}));
  }
  if (column) {
    TRY_ASSIGN(y, call.reshape(y, {call.shape(y)[0], 1}));
  }
  TRY_ASSIGN(const ir::ValueId product, emit_matmul(call, {x, y}, false, false));
  if (!row && !column) return Item(Computed{product});
  std::vector<int64_t> dims = call.shape(product).vector();
  if (column) dims.pop_back();
  if (row) dims.erase(dims.end() - (column ? 1 : 2));
  return call.result(call.reshape(product, std::move(dims)));
}

/// x W^T + bias over the last dimension of x.
Result<Item> lower_dense(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId w, call.tensor(1));
  TRY(call.want_rank(w, 2, "the weight"));
  const bool vector = call.rank(x) == 1;
  if (vector) {
    TRY_ASSIGN(x, call.reshape(x, {1, call.shape(x)[0]}));
  }
  std::vector<ir::ValueId> inputs = {x, w};
  if (!call.input(2).is_none()) {
    TRY_ASSIGN(const ir::ValueId bias, call.tensor(2));
    inputs.push_back(bias);
  }
  TRY_ASSIGN(const ir::ValueId y, emit_matmul(call, std::move(inputs), false, true));
  if (!vector) return Item(Computed{y});
  return call.result(call.reshape(y, {call.shape(y)[1]}));
}

/// Adds one value per channel, the channels being dimension 1.
Result<Item> lower_bias_add(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId bias, call.tensor(1));
  TRY(call.want_rank(bias, 1, "the bias"));
  if (call.rank(x) < 2) return invalid_model(str("the input is ", call.type(x).text(), ", want rank 2 or more"));
  TRY(call.channels_first(call.has("format") ? "format" : "data_format", 2));
  if (call.rank(x) == 2) return call.result(call.binary(ops::BinaryKind::kAdd, x, bias));
  std::vector<int64_t> dims(call.rank(x), 1);
  dims[1] = call.shape(bias)[0];
  TRY_ASSIGN(const ir::ValueId shaped, call.reshape(bias, std::move(dims)));
  return call.result(call.binary(ops::BinaryKind::kAdd, x, shaped));
}

REGISTER_PRIMITIVE(MatMul, lower_matmul);
REGISTER_PRIMITIVE(BatchMatMul, lower_matmul);
REGISTER_PRIMITIVE(MatMulExt, lower_matmul_ext);
REGISTER_PRIMITIVE(Dense, lower_dense);
REGISTER_PRIMITIVE(BiasAdd, lower_bias_add);

}  // namespace
}  // namespace mindird::mindir

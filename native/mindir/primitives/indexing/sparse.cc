// Tensors given by the positions and values of some elements, made dense: SparseToDense, SparseToDenseV2, SparseTensorDenseMatmul, SparseTensorDenseAdd.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/linear/matmul.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::mindir {
namespace {

using ops::ScatterKind;

Result<ir::ValueId> emit_scatter(Call& call, ScatterKind kind, ir::ValueId x, ir::ValueId index, ir::ValueId updates) {
  auto op = std::make_shared<ops::ScatterNd>();
  op->kind = kind;
  return call.emit(std::move(op), {x, index, updates});
}

/// Values at their positions in a tensor of another value; one value may stand for all.
Result<ir::ValueId> dense(Call& call, ir::ValueId index, ir::ValueId values, std::vector<int64_t> shape, double other, ScatterKind kind) {
  TRY(call.want_known(index));
  const DType dtype = call.type(values).dtype;
  if (call.rank(index) == 1) {
    TRY_ASSIGN(index, call.reshape(index, {call.shape(index)[0], 1}));
  }
  TRY(call.want_rank(index, 2, "the indices"));
  TRY_ASSIGN(values, call.expand(values, {call.shape(index)[0]}));
  TRY_ASSIGN(const ir::ValueId filling, full(call, other, {dtype, Shape(std::move(shape))}));
  return emit_scatter(call, kind, filling, index, values);
}

Result<Item> lower_sparse_to_dense(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(const ir::ValueId values, call.tensor(1));
  TRY_ASSIGN(std::vector<int64_t> shape, call.integers("dense_shape", 2));
  return call.result(dense(call, index, values, std::move(shape), 0, ScatterKind::kUpdate));
}

Result<Item> lower_sparse_to_dense_v2(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(std::vector<int64_t> shape, call.integers("output_shape", 1));
  TRY_ASSIGN(const ir::ValueId values, call.tensor(2));
  TRY_ASSIGN(const double other, call.number("default_value", 3));
  // Whether positions rise and repeat is checked by MindSpore alone; those outside are an error here too.
  TRY(call.flag("validate_indices", kAttributeOnly, true).status());
  return call.result(dense(call, index, values, std::move(shape), other, ScatterKind::kUpdate));
}

Result<Item> lower_sparse_matmul(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(const ir::ValueId values, call.tensor(1));
  TRY_ASSIGN(std::vector<int64_t> shape, call.integers("sparse_shape", 2));
  TRY_ASSIGN(const ir::ValueId right, call.tensor(3));
  TRY_ASSIGN(const bool turn_left, call.flag("adjoint_st", 4));
  TRY_ASSIGN(const bool turn_right, call.flag("adjoint_dt", 5));
  if (shape.size() != 2) return invalid_model(str("the sparse shape is ", list_text<int64_t>(shape), ", want 2 dimensions"));
  TRY_ASSIGN(const ir::ValueId left, dense(call, index, values, std::move(shape), 0, ScatterKind::kAdd));
  auto op = std::make_shared<ops::MatMul>();
  op->transpose_a = turn_left;
  op->transpose_b = turn_right;
  return call.result(call.emit(std::move(op), {left, right}));
}

Result<Item> lower_sparse_add(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(const ir::ValueId values, call.tensor(1));
  TRY_ASSIGN(const std::vector<int64_t> shape, call.integers("x1_shape", 2));
  TRY_ASSIGN(const ir::ValueId x, call.tensor(3));
  if (Shape(shape) != call.shape(x)) return invalid_model(str("a sparse tensor of shape ", list_text<int64_t>(shape), " and ", call.type(x).text()));
  return call.result(emit_scatter(call, ScatterKind::kAdd, x, index, values));
}

REGISTER_PRIMITIVE(SparseToDense, lower_sparse_to_dense);
REGISTER_PRIMITIVE(SparseToDenseV2, lower_sparse_to_dense_v2);
REGISTER_PRIMITIVE(SparseTensorDenseMatmul, lower_sparse_matmul);
REGISTER_PRIMITIVE(SparseTensorDenseAdd, lower_sparse_add);

}  // namespace
}  // namespace mindird::mindir

// Writing slices by position: ScatterNd, the TensorScatter family, InplaceUpdate and its like (pure, whatever their names say), IndexPut, TensorCopySlices.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::mindir {
namespace {

using ops::ScatterKind;

Result<ir::ValueId> emit_scatter(Call& call, ScatterKind kind, ir::ValueId x, ir::ValueId index, ir::ValueId updates) {
  auto op = std::make_shared<ops::ScatterNd>();
  op->kind = kind;
  return call.emit(std::move(op), {x, index, updates});
}

LowerFunction tensor_scatter(ScatterKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 1));
    TRY_ASSIGN(const ir::ValueId given, call.tensor(2));
    TRY_ASSIGN(const ir::ValueId updates, call.cast(given, call.type(x).dtype));
    return call.result(emit_scatter(call, kind, x, index, updates));
  };
}

/// Whole rows; which ones says an attribute, or an input between the other two.
LowerFunction rows(ScatterKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    const bool by_attribute = call.input_count() < 3;
    TRY_ASSIGN(const std::vector<int64_t> places, call.integers("indices", by_attribute ? kAttributeOnly : 1));
    TRY_ASSIGN(const ir::ValueId given, call.tensor(by_attribute ? 1 : 2));
    TRY_ASSIGN(const ir::ValueId index, integer_constant(call, places, {static_cast<int64_t>(places.size()), 1}));
    return call.result(emit_scatter(call, kind, x, index, given));
  };
}

/// Sums into zeros of a given shape.
Result<Item> lower_scatter_nd(Call& call) {
  TRY_ASSIGN(const ir::ValueId index, index_tensor(call, 0));
  TRY_ASSIGN(const ir::ValueId updates, call.tensor(1));
  TRY_ASSIGN(std::vector<int64_t> shape, call.integers("shape", 2));
  const DType dtype = call.type(updates).dtype;
  if (dtype == DType::kBool) return unsupported("updates of type bool");
  TRY_ASSIGN(const ir::ValueId zeros, full(call, 0, {dtype, Shape(std::move(shape))}));
  return call.result(emit_scatter(call, ScatterKind::kAdd, zeros, index, updates));
}

/// One index tensor per leading dimension; the values may be broadcast.
Result<Item> lower_index_put(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId given, call.tensor(1));
  TRY(call.want_known(x));
  const Items* members = call.input(2).tuple();
  if (!members || members->empty() || members->size() > call.rank(x)) {
    return invalid_model(str("the indices are ", call.input(2).text(), ", want a tuple of 1 to ", call.rank(x), " tensors"));
  }
  std::vector<ir::ValueId> indices;
  for (const Item& member : *members) {
    TRY_ASSIGN(const ir::ValueId index, call.tensor_of(member));
    indices.push_back(index);
  }
  TRY_ASSIGN(const ir::ValueId index, joined_indices(call, indices));
  std::vector<int64_t> dims(call.shape(index).begin(), call.shape(index).end() - 1);
  dims.insert(dims.end(), call.shape(x).begin() + static_cast<std::ptrdiff_t>(members->size()), call.shape(x).end());
  TRY_ASSIGN(const ir::ValueId cast, call.cast(given, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId values, call.expand(cast, std::move(dims)));
  TRY_ASSIGN(const bool accumulate, call.flag("accumulate", 3, false));
  return call.result(emit_scatter(call, accumulate ? ScatterKind::kAdd : ScatterKind::kUpdate, x, index, values));
}

/// Positions of [begin, end) along the leading dimensions, in row-major order: as many as the part that is not whole needs.
Result<ir::ValueId> positions(Call& call, const std::vector<int64_t>& begin, const std::vector<int64_t>& end, size_t depth) {
  const size_t total = depth * [&] {
    size_t rows = 1;
    for (size_t d = 0; d < depth; ++d) rows *= static_cast<size_t>(end[d] - begin[d]);
    return rows;
  }();
  if (total > static_cast<size_t>(kMaxMadeElements)) return unsupported("a slice of that many rows");
  std::vector<int64_t> values;
  std::vector<int64_t> at(begin.begin(), begin.begin() + static_cast<std::ptrdiff_t>(depth));
  while (values.size() < total) {
    values.insert(values.end(), at.begin(), at.end());
    for (size_t d = depth; d-- > 0 && ++at[d] == end[d];) at[d] = begin[d];
  }
  return integer_constant(call, values, {static_cast<int64_t>(total / depth), static_cast<int64_t>(depth)});
}

/// x with the box between begin and end replaced; strides are 1. What lies behind the last dimension that is cut is written as a whole.
Result<Item> lower_tensor_copy_slices(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId value, call.tensor(1));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  TRY_ASSIGN(std::vector<int64_t> begin, call.integers("begin", 2));
  TRY_ASSIGN(std::vector<int64_t> end, call.integers("end", 3));
  TRY_ASSIGN(const auto strides, call.integers("strides", 4));
  if (begin.empty() || begin.size() != end.size() || begin.size() > shape.rank()) {
    return invalid_model(str("begin and end have ", begin.size(), " and ", end.size(), " values for rank ", shape.rank()));
  }
  if (std::any_of(strides.begin(), strides.end(), [](int64_t stride) { return stride != 1; })) return unsupported("strides other than 1");
  size_t depth = 1;
  for (size_t i = 0; i < begin.size(); ++i) {
    begin[i] = std::clamp<int64_t>(begin[i] < 0 ? begin[i] + shape[i] : begin[i], 0, shape[i]);
    end[i] = std::clamp<int64_t>(end[i] < 0 ? end[i] + shape[i] : end[i], begin[i], shape[i]);
    if (begin[i] > 0 || end[i] < shape[i]) depth = i + 1;
  }
  TRY_ASSIGN(const ir::ValueId index, positions(call, begin, end, depth));
  std::vector<int64_t> box = shape.vector();
  for (size_t i = 0; i < begin.size(); ++i) box[i] = end[i] - begin[i];
  TRY_ASSIGN(value, call.cast(value, call.type(x).dtype));
  if (call.shape(value).elements() != Shape(box).elements()) {
    TRY_ASSIGN(value, call.expand(value, box));
  }
  std::vector<int64_t> rows{call.shape(index)[0]};
  rows.insert(rows.end(), shape.begin() + static_cast<std::ptrdiff_t>(depth), shape.end());
  TRY_ASSIGN(value, call.reshape(value, std::move(rows)));
  return call.result(emit_scatter(call, ScatterKind::kUpdate, x, index, value));
}

REGISTER_PRIMITIVE(ScatterNd, lower_scatter_nd);
REGISTER_PRIMITIVE(TensorScatterUpdate, tensor_scatter(ScatterKind::kUpdate));
REGISTER_PRIMITIVE(TensorScatterAdd, tensor_scatter(ScatterKind::kAdd));
REGISTER_PRIMITIVE(TensorScatterSub, tensor_scatter(ScatterKind::kSub));
REGISTER_PRIMITIVE(TensorScatterMul, tensor_scatter(ScatterKind::kMul));
REGISTER_PRIMITIVE(TensorScatterDiv, tensor_scatter(ScatterKind::kDiv));
REGISTER_PRIMITIVE(TensorScatterMax, tensor_scatter(ScatterKind::kMax));
REGISTER_PRIMITIVE(TensorScatterMin, tensor_scatter(ScatterKind::kMin));
REGISTER_PRIMITIVE(InplaceUpdate, rows(ScatterKind::kUpdate));
REGISTER_PRIMITIVE(InplaceUpdateV2, rows(ScatterKind::kUpdate));
REGISTER_PRIMITIVE(InplaceAdd, rows(ScatterKind::kAdd));
REGISTER_PRIMITIVE(InplaceSub, rows(ScatterKind::kSub));
REGISTER_PRIMITIVE(IndexPut, lower_index_put);
REGISTER_PRIMITIVE(TensorCopySlices, lower_tensor_copy_slices);

}  // namespace
}  // namespace mindird::mindir

#include "mindir/primitives/indexing/indices.h"

#include <numeric>

#include "base/strings.h"

namespace mindird::mindir {

Result<ir::ValueId> as_indices(Call& call, ir::ValueId index) {
  const DType dtype = call.type(index).dtype;
  if (dtype == DType::kI32 || dtype == DType::kI64) return index;
  if (!is_integer(dtype)) return invalid_model(str("indices of type ", call.type(index).text(), ", want integers"));
  return call.cast(index, DType::kI64);
}

Result<ir::ValueId> index_tensor(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId index, call.tensor(position));
  return as_indices(call, index);
}

Result<ir::ValueId> joined_indices(Call& call, std::span<const ir::ValueId> indices) {
  std::optional<Shape> common = Shape();
  for (const ir::ValueId index : indices) {
    TRY(call.want_known(index));
    common = broadcast_shapes(*common, call.shape(index));
    if (!common) return invalid_model(str("indices of shape ", call.shape(index).text(), " do not broadcast with the others"));
  }
  std::vector<int64_t> columns = common->vector();
  columns.push_back(1);
  std::vector<ir::ValueId> parts;
  for (const ir::ValueId given : indices) {
    TRY_ASSIGN(ir::ValueId index, as_indices(call, given));
    TRY_ASSIGN(index, call.cast(index, DType::kI64));
    TRY_ASSIGN(index, call.expand(index, common->vector()));
    TRY_ASSIGN(index, call.reshape(index, columns));
    parts.push_back(index);
  }
  return parts.size() == 1 ? Result<ir::ValueId>(parts[0]) : call.concat(std::move(parts), columns.size() - 1);
}

Result<ir::ValueId> spread_indices(Call& call, ir::ValueId index, size_t axis, Shape like) {
  TRY(call.want_rank(index, 1, "the index"));
  TRY(call.want_known(index));
  std::vector<int64_t> dims(like.rank(), 1);
  dims[axis] = call.shape(index)[0];
  TRY_ASSIGN(const ir::ValueId aligned, call.reshape(index, dims));
  std::vector<int64_t> all = like.vector();
  all[axis] = call.shape(index)[0];
  return call.expand(aligned, std::move(all));
}

Result<ir::ValueId> integer_constant(Call& call, std::span<const int64_t> values, std::vector<int64_t> dims) {
  return call.constant({DType::kI64, Shape(std::move(dims))}, std::as_bytes(values));
}

Result<ir::ValueId> full(Call& call, double value, TensorType type) {
  TRY_ASSIGN(const ir::ValueId number, call.scalar(value, type.dtype));
  return call.expand(number, type.shape.vector());
}

Result<DType> element_type_or(Call& call, std::string_view name, size_t position, DType missing) {
  return call.has(name, position) ? call.element_type(name, position) : Result<DType>(missing);
}

Result<ir::ValueId> iota(Call& call, int64_t count) {
  if (count < 0 || count > kMaxMadeElements) return unsupported(str(count, " numbers asked for, want 0 to ", kMaxMadeElements));
  std::vector<int64_t> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), int64_t{0});
  return integer_constant(call, values, {count});
}

}  // namespace mindird::mindir

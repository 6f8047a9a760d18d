// Single diagonals: Diag, DiagPart, DiagExt, Trace, TraceExt, TraceV2, FillDiagonal, MatrixBandPart.
#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "mindir/primitives/indexing/take_positions.h"
#include "ops/movement/triangle.h"

namespace mindird::mindir {
namespace {

/// x as the diagonal of zeros: of twice its rank, or a vector on another diagonal than the main one.
Result<ir::ValueId> spread_on_diagonal(Call& call, ir::ValueId x, int64_t offset) {
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  const int64_t n = shape.elements();
  if (offset < -kMaxMadeElements || offset > kMaxMadeElements) return unsupported(str("diagonal ", offset));
  const int64_t size = n + std::abs(offset);
  if (size > 0 && size > kMaxMadeElements / size) return unsupported(str("a matrix with a diagonal of ", n));
  std::vector<int64_t> table(static_cast<size_t>(size * size), n);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = i + std::max<int64_t>(-offset, 0);
    table[static_cast<size_t>(row * size + row + offset)] = i;
  }
  std::vector<int64_t> dims = shape.vector();
  if (offset != 0) dims = {size};
  dims.insert(dims.end(), dims.begin(), dims.end());
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(x, {n}));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  return take_positions(call, {flat, zero}, 1, table, std::move(dims));
}

/// The diagonal of the matrices in two dimensions, as the last dimension.
Result<ir::ValueId> take_diagonal(Call& call, ir::ValueId x, int64_t offset, int64_t dim1, int64_t dim2) {
  TRY(call.want_known(x));
  TRY_ASSIGN(const size_t first, call.axis(dim1, call.rank(x)));
  TRY_ASSIGN(const size_t second, call.axis(dim2, call.rank(x)));
  if (first == second) return invalid_model(str("dimension ", dim1, " twice"));
  std::vector<int64_t> perm;
  std::vector<int64_t> dims;
  const Shape shape = call.shape(x);
  for (size_t i = 0; i < shape.rank(); ++i) {
    if (i == first || i == second) continue;
    perm.push_back(static_cast<int64_t>(i));
    dims.push_back(shape[i]);
  }
  perm.push_back(static_cast<int64_t>(first));
  perm.push_back(static_cast<int64_t>(second));
  const int64_t rows = shape[first];
  const int64_t columns = shape[second];
  std::vector<int64_t> table;
  for (int64_t i = std::clamp<int64_t>(-std::max(offset, -rows), 0, rows); i < rows && i + offset < columns; ++i) {
    if (static_cast<int64_t>(table.size()) >= kMaxMadeElements) return unsupported("a diagonal of that length");
    table.push_back(i * columns + i + offset);
  }
  dims.push_back(static_cast<int64_t>(table.size()));
  TRY_ASSIGN(const ir::ValueId turned, call.transpose(x, std::move(perm)));
  return take_positions(call, {turned}, 2, table, std::move(dims));
}

Result<Item> lower_diag(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  return call.result(spread_on_diagonal(call, x, 0));
}

/// Of dims D..., D... the elements whose positions in both halves are the same.
Result<Item> lower_diag_part(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  const size_t half = shape.rank() / 2;
  std::vector<int64_t> dims(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(half));
  if (half == 0 || shape.rank() % 2 != 0 || !std::equal(dims.begin(), dims.end(), shape.begin() + static_cast<std::ptrdiff_t>(half))) {
    return invalid_model(str("the input has type ", call.type(x).text(), ", want two equal halves"));
  }
  const int64_t n = Shape(dims).elements();
  TRY_ASSIGN(x, call.reshape(x, {n, n}));
  TRY_ASSIGN(const ir::ValueId part, take_diagonal(call, x, 0, 0, 1));
  return call.result(call.reshape(part, std::move(dims)));
}

Result<Item> lower_diag_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t offset, call.integer("diagonal", 1, 0));
  if (call.rank(x) == 1) return call.result(spread_on_diagonal(call, x, offset));
  TRY(call.want_rank(x, 2, "the input"));
  return call.result(take_diagonal(call, x, offset, 0, 1));
}

/// The sum of a diagonal, in the type that is given or that the file declares.
Result<ir::ValueId> trace(Call& call, ir::ValueId x, int64_t offset, int64_t first, int64_t second, DType dtype) {
  TRY_ASSIGN(ir::ValueId part, take_diagonal(call, x, offset, first, second));
  TRY_ASSIGN(part, call.cast(part, dtype));
  return call.reduce(ops::ReduceKind::kSum, part, {static_cast<int64_t>(call.rank(part)) - 1}, false);
}

Result<Item> lower_trace(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 2, "the input"));
  return call.result(trace(call, x, 0, 0, 1, call.declared_type(0, call.type(x).dtype)));
}

Result<Item> lower_trace_v2(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t offset, call.integer("offset", 1, 0));
  TRY_ASSIGN(const int64_t first, call.integer("axis1", 2, 1));
  TRY_ASSIGN(const int64_t second, call.integer("axis2", 3, 0));
  TRY_ASSIGN(const DType dtype, element_type_or(call, "dtype", 4, call.declared_type(0, call.type(x).dtype)));
  return call.result(trace(call, x, offset, first, second, dtype));
}

/// Positions of the diagonal of a matrix, running on below it with `wrap`, or of equal dims in any number.
Result<std::vector<uint8_t>> on_diagonal(const Shape& shape, bool wrap) {
  const int64_t elements = shape.elements();
  if (elements > kMaxMadeElements) return unsupported("a tensor of that size");
  std::vector<uint8_t> mask(static_cast<size_t>(elements));
  int64_t step = 0;
  for (const int64_t stride : shape.strides()) step += stride;
  const int64_t columns = shape[shape.rank() - 1];
  const bool runs_on = wrap && shape.rank() == 2;
  int64_t left = runs_on ? elements : std::min(shape[0], columns);
  for (int64_t i = 0; i < elements && left > 0; i += step, --left) mask[static_cast<size_t>(i)] = 1;
  return mask;
}

Result<Item> lower_fill_diagonal(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const double value, call.number("fill_value", 1));
  TRY_ASSIGN(const bool wrap, call.flag("wrap", 2, false));
  TRY(call.want_known(x));
  const Shape shape = call.shape(x);
  if (shape.rank() < 2) return invalid_model(str("the input has type ", call.type(x).text(), ", want rank 2 or more"));
  const bool equal = std::all_of(shape.begin(), shape.end(), [&](int64_t dim) { return dim == shape[0]; });
  if (shape.rank() > 2 && !equal) return invalid_model(str("the input has type ", call.type(x).text(), ", want equal dimensions"));
  TRY_ASSIGN(const auto mask, on_diagonal(shape, wrap));
  TRY_ASSIGN(const ir::ValueId chosen, call.constant({DType::kBool, shape}, std::as_bytes(std::span(mask))));
  TRY_ASSIGN(const ir::ValueId filling, call.scalar(value, call.type(x).dtype));
  return call.result(call.select(chosen, filling, x));
}

/// Keeps `lower` diagonals below the main one and `upper` above it, all of them where the number is negative.
Result<Item> lower_band_part(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t lower, call.integer("lower", 1));
  TRY_ASSIGN(const int64_t upper, call.integer("upper", 2));
  const auto keep = [&](bool above, int64_t diagonal) {
    auto op = std::make_shared<ops::Triangle>();
    op->upper = above;
    op->diagonal = diagonal;
    return call.emit(std::move(op), {x});
  };
  if (lower >= 0) {
    TRY_ASSIGN(x, keep(true, -lower));
  }
  if (upper >= 0) {
    TRY_ASSIGN(x, keep(false, upper));
  }
  return Item(Computed{x});
}

REGISTER_PRIMITIVE(Diag, lower_diag);
REGISTER_PRIMITIVE(DiagPart, lower_diag_part);
REGISTER_PRIMITIVE(DiagExt, lower_diag_ext);
REGISTER_PRIMITIVE(Trace, lower_trace);
REGISTER_PRIMITIVE(TraceExt, lower_trace);
REGISTER_PRIMITIVE(TraceV2, lower_trace_v2);
REGISTER_PRIMITIVE(FillDiagonal, lower_fill_diagonal);
REGISTER_PRIMITIVE(MatrixBandPart, lower_band_part);

}  // namespace
}  // namespace mindird::mindir

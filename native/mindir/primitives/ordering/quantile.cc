// Quantile: between the two elements around the position q * (count - 1) of the sorted line, linearly. A line that holds NaN has the quantile NaN, unless NaN
// is left out, which then counts for nothing.
#include <algorithm>
#include <numeric>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather_elements.h"
#include "ops/ordering/sort.h"

namespace mindird::mindir {
namespace {

/// `dim` of a file that asks for the quantile of all elements.
constexpr int64_t kAllDims = 10000;

struct Lines {
  ir::ValueId sorted = 0;  // [..., n], NaN last
  ir::ValueId asked = 0;   // [k], what part of each line lies before the quantile
  int64_t length = 0;
};

Result<ir::ValueId> elements_at(Call& call, ir::ValueId x, ir::ValueId position) {
  TRY_ASSIGN(const ir::ValueId at, call.cast(position, DType::kI64));
  auto op = std::make_shared<ops::GatherElements>();
  op->axis = static_cast<int64_t>(call.rank(x)) - 1;
  return call.emit(std::move(op), {x, at});
}

/// The position of the last number of each line, [..., 1], 0 where there is none.
Result<ir::ValueId> last_number(Call& call, ir::ValueId x) {
  const DType dtype = call.type(x).dtype;
  TRY_ASSIGN(const ir::ValueId nan, call.unary(ops::UnaryKind::kIsNan, x));
  TRY_ASSIGN(const ir::ValueId number, call.unary(ops::UnaryKind::kLogicalNot, nan));
  TRY_ASSIGN(const ir::ValueId ones, call.cast(number, dtype));
  TRY_ASSIGN(const ir::ValueId count, call.reduce(ops::ReduceKind::kSum, ones, {static_cast<int64_t>(call.rank(x)) - 1}, true));
  TRY_ASSIGN(const ir::ValueId last, call.binary(ops::BinaryKind::kSub, count, 1.0));
  return call.binary(ops::BinaryKind::kMaximum, last, 0.0);
}

/// [..., k]
Result<ir::ValueId> quantiles(Call& call, const Lines& lines, bool ignore_nan) {
  std::vector<int64_t> dims = call.shape(lines.sorted).vector();
  dims.back() = call.shape(lines.asked)[0];
  ir::ValueId position = 0;
  if (ignore_nan) {
    TRY_ASSIGN(const ir::ValueId last, last_number(call, lines.sorted));
    TRY_ASSIGN(position, call.binary(ops::BinaryKind::kMul, last, lines.asked));
  } else {
    TRY_ASSIGN(position, call.binary(ops::BinaryKind::kMul, lines.asked, static_cast<double>(lines.length - 1)));
  }
  TRY_ASSIGN(position, call.expand(position, dims));
  TRY_ASSIGN(const ir::ValueId below, call.unary(ops::UnaryKind::kFloor, position));
  TRY_ASSIGN(const ir::ValueId above, call.unary(ops::UnaryKind::kCeil, position));
  TRY_ASSIGN(const ir::ValueId low, elements_at(call, lines.sorted, below));
  TRY_ASSIGN(const ir::ValueId high, elements_at(call, lines.sorted, above));
  TRY_ASSIGN(const ir::ValueId fraction, call.binary(ops::BinaryKind::kSub, position, below));
  TRY_ASSIGN(const ir::ValueId difference, call.binary(ops::BinaryKind::kSub, high, low));
  TRY_ASSIGN(const ir::ValueId share, call.binary(ops::BinaryKind::kMul, difference, fraction));
  TRY_ASSIGN(const ir::ValueId between, call.binary(ops::BinaryKind::kAdd, low, share));
  // The difference of two infinities is no number.
  TRY_ASSIGN(const ir::ValueId whole, call.compare(ops::CompareKind::kEqual, below, above));
  TRY_ASSIGN(const ir::ValueId found, call.select(whole, low, between));
  if (ignore_nan) return found;
  TRY_ASSIGN(const ir::ValueId last, call.slice(lines.sorted, dims.size() - 1, lines.length - 1, 1));
  TRY_ASSIGN(const ir::ValueId of_all, call.expand(last, dims));
  TRY_ASSIGN(const ir::ValueId nan, call.unary(ops::UnaryKind::kIsNan, of_all));
  return call.select(nan, of_all, found);
}

Result<Lines> sorted_lines(Call& call, ir::ValueId x, std::optional<size_t> axis) {
  if (axis) {
    std::vector<int64_t> order(call.rank(x));
    std::iota(order.begin(), order.end(), 0);
    std::rotate(order.begin() + static_cast<std::ptrdiff_t>(*axis), order.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, order.end());
    TRY_ASSIGN(x, call.transpose(x, std::move(order)));
  } else {
    TRY_ASSIGN(x, call.reshape(x, {call.shape(x).elements()}));
  }
  Lines lines;
  lines.length = call.shape(x)[call.rank(x) - 1];
  if (lines.length < 1) return invalid_model("the quantile of no elements");
  auto sort = std::make_shared<ops::Sort>();
  sort->axis = static_cast<int64_t>(call.rank(x)) - 1;
  TRY_ASSIGN(const auto sorted, call.emit_all(std::move(sort), {x}));
  lines.sorted = sorted[0];
  return lines;
}

Result<Item> lower_quantile(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId asked, call.tensor(1));
  TRY_ASSIGN(const int64_t dim, call.integer("dim", kAttributeOnly, kAllDims));
  TRY_ASSIGN(const bool keep_dims, call.flag("keep_dims", kAttributeOnly, false));
  TRY_ASSIGN(const bool ignore_nan, call.flag("ignore_nan", kAttributeOnly, false));
  TRY(call.want_known(x));
  TRY(call.want_known(asked));
  const DType dtype = call.type(x).dtype;
  if (!is_floating(dtype) || call.rank(asked) > 1) return unsupported(str("quantiles ", call.type(asked).text(), " of ", call.type(x).text()));
  const auto given = number_of(call.input(1));
  if (given && !(*given >= 0 && *given <= 1)) return invalid_model(str("q is ", *given, ", want 0 to 1"));
  std::optional<size_t> axis;
  if (dim != kAllDims && call.rank(x) > 0) {
    TRY_ASSIGN(axis, call.axis(dim, call.rank(x)));
  }
  const bool several = call.rank(asked) == 1;
  TRY_ASSIGN(asked, call.cast(asked, dtype));
  TRY_ASSIGN(asked, call.reshape(asked, {call.shape(asked).elements()}));
  TRY_ASSIGN(Lines lines, sorted_lines(call, x, axis));
  lines.asked = asked;
  TRY_ASSIGN(ir::ValueId found, quantiles(call, lines, ignore_nan));
  // The quantiles asked for come first.
  std::vector<int64_t> order(call.rank(found));
  std::iota(order.begin(), order.end(), -1);
  order[0] = static_cast<int64_t>(order.size()) - 1;
  TRY_ASSIGN(found, call.transpose(found, std::move(order)));
  std::vector<int64_t> dims = call.shape(x).vector();
  if (!axis) dims.assign(keep_dims ? dims.size() : 0, 1);
  if (axis && keep_dims) dims[*axis] = 1;
  if (axis && !keep_dims) dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(*axis));
  if (several) dims.insert(dims.begin(), call.shape(asked)[0]);
  return call.result(call.reshape(found, std::move(dims)));
}

REGISTER_PRIMITIVE(Quantile, lower_quantile);

}  // namespace
}  // namespace mindird::mindir

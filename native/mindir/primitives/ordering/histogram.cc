// Counting: Bincount, BincountExt, Histogram, HistcExt, HistogramFixedWidth.
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/reduction/segment_reduce.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

Result<ir::ValueId> count(Call& call, ir::ValueId weights, ir::ValueId bins, int64_t size) {
  auto op = std::make_shared<ops::SegmentReduce>();
  op->segments = size;
  return call.emit(std::move(op), {weights, bins});
}

/// -1 for bins that do not count.
Result<ir::ValueId> only_where(Call& call, ir::ValueId counts, ir::ValueId bins) {
  TRY_ASSIGN(const ir::ValueId none, call.scalar(-1, call.type(bins).dtype));
  return call.select(counts, bins, none);
}

/// Weights summed by number; numbers from `size` on do not count.
Result<Item> lower_bincount(Call& call) {
  TRY_ASSIGN(ir::ValueId numbers, index_tensor(call, 0));
  TRY_ASSIGN(const int64_t size, call.integer("size", 1));
  TRY_ASSIGN(const ir::ValueId weights, call.tensor(2));
  if (size < 0) return invalid_model(str("size is ", size));
  TRY_ASSIGN(numbers, call.cast(numbers, DType::kI64));
  TRY_ASSIGN(const ir::ValueId end, call.scalar(static_cast<double>(size), DType::kI64));
  TRY_ASSIGN(const ir::ValueId counts, call.compare(CompareKind::kLess, numbers, end));
  TRY_ASSIGN(numbers, only_where(call, counts, numbers));
  return call.result(count(call, weights, numbers, size));
}

/// As many bins as the largest number asks for, and at least `minlength`: an element without weight stands for the last of those.
Result<Item> lower_bincount_ext(Call& call) {
  TRY_ASSIGN(ir::ValueId numbers, index_tensor(call, 0));
  TRY_ASSIGN(const int64_t least, call.integer("minlength", 2, 0));
  TRY(call.want_known(numbers));
  TRY_ASSIGN(numbers, call.cast(numbers, DType::kI64));
  ir::ValueId weights = 0;
  if (call.has("weights", 1)) {
    TRY_ASSIGN(weights, call.tensor(1));
    if (!is_floating(call.type(weights).dtype)) {
      TRY_ASSIGN(weights, call.cast(weights, DType::kF64));
    }
  } else {
    TRY_ASSIGN(weights, full(call, 1, call.type(numbers)));
  }
  if (least > 0) {
    TRY_ASSIGN(const ir::ValueId last, integer_constant(call, std::vector<int64_t>{least - 1}, {1}));
    TRY_ASSIGN(const ir::ValueId nothing, full(call, 0, {call.type(weights).dtype, Shape{1}}));
    TRY_ASSIGN(numbers, call.concat({numbers, last}, 0));
    TRY_ASSIGN(weights, call.concat({weights, nothing}, 0));
  }
  return call.result(count(call, weights, numbers, -1));
}

struct Range {
  ir::ValueId low = 0;
  ir::ValueId high = 0;
};

/// (x - low) * bins / (high - low), rounded down, as int64; the upper end belongs to the last bin.
Result<ir::ValueId> bin_of(Call& call, ir::ValueId x, const Range& range, int64_t bins) {
  const DType dtype = call.type(x).dtype;
  TRY_ASSIGN(ir::ValueId place, call.binary(BinaryKind::kSub, x, range.low));
  TRY_ASSIGN(const ir::ValueId width, call.binary(BinaryKind::kSub, range.high, range.low));
  TRY_ASSIGN(place, call.binary(BinaryKind::kMul, place, static_cast<double>(bins)));
  TRY_ASSIGN(place, call.binary(BinaryKind::kDiv, place, width));
  TRY_ASSIGN(place, call.unary(ops::UnaryKind::kFloor, place));
  TRY_ASSIGN(const ir::ValueId last, call.scalar(static_cast<double>(bins - 1), dtype));
  TRY_ASSIGN(place, call.binary(BinaryKind::kMinimum, place, last));
  return call.cast(place, DType::kI64);
}

/// The smallest and largest element, or one more on each side when all are equal.
Result<Range> range_of_data(Call& call, ir::ValueId x) {
  std::vector<int64_t> all;
  for (size_t i = 0; i < call.rank(x); ++i) all.push_back(static_cast<int64_t>(i));
  TRY_ASSIGN(const ir::ValueId low, call.reduce(ops::ReduceKind::kMin, x, all, false));
  TRY_ASSIGN(const ir::ValueId high, call.reduce(ops::ReduceKind::kMax, x, all, false));
  TRY_ASSIGN(const ir::ValueId same, call.compare(CompareKind::kEqual, low, high));
  TRY_ASSIGN(const ir::ValueId one, call.scalar(1, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId spare, call.select(same, one, zero));
  TRY_ASSIGN(const ir::ValueId below, call.binary(BinaryKind::kSub, low, spare));
  TRY_ASSIGN(const ir::ValueId above, call.binary(BinaryKind::kAdd, high, spare));
  return Range{below, above};
}

/// Equal bins between two ends, or over the data when both ends are equal; what lies outside, and NaN, does not count.
Result<ir::ValueId> histogram(Call& call, size_t position) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t bins, call.integer("bins", position, 100));
  TRY_ASSIGN(const double low, call.number("min", position == kAttributeOnly ? position : position + 1, 0));
  TRY_ASSIGN(const double high, call.number("max", position == kAttributeOnly ? position : position + 2, 0));
  TRY(call.want_known(x));
  const int64_t elements = call.shape(x).elements();
  if (bins < 1) return invalid_model(str("bins is ", bins, ", want 1 or more"));
  if (!(low <= high)) return invalid_model(str("min is ", low, " and max ", high));
  if (elements == 0) return full(call, 0, {DType::kI32, Shape{bins}});
  TRY_ASSIGN(x, call.cast(x, call.type(x).dtype == DType::kF64 ? DType::kF64 : DType::kF32));
  TRY_ASSIGN(x, call.reshape(x, {elements}));
  Range range;
  if (low < high) {
    TRY_ASSIGN(range.low, call.scalar(low, call.type(x).dtype));
    TRY_ASSIGN(range.high, call.scalar(high, call.type(x).dtype));
  } else {
    TRY_ASSIGN(range, range_of_data(call, x));
  }
  TRY_ASSIGN(ir::ValueId place, bin_of(call, x, range, bins));
  TRY_ASSIGN(const ir::ValueId above, call.compare(CompareKind::kGreaterEqual, x, range.low));
  TRY_ASSIGN(const ir::ValueId below, call.compare(CompareKind::kLessEqual, x, range.high));
  TRY_ASSIGN(const ir::ValueId inside, call.binary(BinaryKind::kLogicalAnd, above, below));
  TRY_ASSIGN(place, only_where(call, inside, place));
  TRY_ASSIGN(const ir::ValueId ones, full(call, 1, {DType::kI32, Shape{elements}}));
  return count(call, ones, place, bins);
}

/// Counts in the type that the file declares: that of the input, or int32.
LowerFunction counted_bins(size_t position) {
  return [position](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId counts, histogram(call, position));
    return call.result(call.cast(counts, call.declared_type(0, DType::kI32)));
  };
}

/// Names the type as text, or by its place in MindSpore's list of types.
bool is_int32(const Item& type) {
  const auto* text = type.as<std::string>();
  const auto* number = type.as<int64_t>();
  return (text && *text == "int32") || (number && *number == 3);
}

/// What lies outside of the range counts in the first or last bin.
Result<Item> lower_histogram_fixed_width(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(ir::ValueId ends, call.tensor(1));
  TRY_ASSIGN(const int64_t bins, call.integer("nbins", 2));
  TRY(call.want_known(x));
  TRY(call.want_rank(ends, 1, "the range"));
  if (bins < 1) return invalid_model(str("nbins is ", bins, ", want 1 or more"));
  if (!is_int32(call.argument("dtype"))) return unsupported(str("dtype is ", call.argument("dtype").text(), ", want int32"));
  if (call.shape(ends)[0] != 2) return invalid_model(str("the range has type ", call.type(ends).text(), ", want 2 elements"));
  const DType wide = call.type(x).dtype == DType::kF32 ? DType::kF32 : DType::kF64;
  TRY_ASSIGN(x, call.cast(x, wide));
  TRY_ASSIGN(x, call.reshape(x, {call.shape(x).elements()}));
  TRY_ASSIGN(ends, call.cast(ends, wide));
  Range range;
  TRY_ASSIGN(range.low, call.slice(ends, 0, 0, 1));
  TRY_ASSIGN(range.high, call.slice(ends, 0, 1, 1));
  TRY_ASSIGN(x, call.binary(BinaryKind::kMaximum, x, range.low));
  TRY_ASSIGN(x, call.binary(BinaryKind::kMinimum, x, range.high));
  TRY_ASSIGN(const ir::ValueId place, bin_of(call, x, range, bins));
  TRY_ASSIGN(const ir::ValueId ones, full(call, 1, {DType::kI32, call.shape(x)}));
  return call.result(count(call, ones, place, bins));
}

REGISTER_PRIMITIVE(Bincount, lower_bincount);
REGISTER_PRIMITIVE(BincountExt, lower_bincount_ext);
REGISTER_PRIMITIVE(Histogram, counted_bins(kAttributeOnly));
REGISTER_PRIMITIVE(HistcExt, counted_bins(1));
REGISTER_PRIMITIVE(HistogramFixedWidth, lower_histogram_fixed_width);

}  // namespace
}  // namespace mindird::mindir

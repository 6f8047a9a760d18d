// Median, MedianDim, MedianExt: of an even number of elements the lower of the two in the middle. A line that holds NaN has the median NaN, unless NaN is left
// out.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather_elements.h"
#include "ops/ordering/arg_reduce.h"
#include "ops/ordering/sort.h"

namespace mindird::mindir {
namespace {

struct Middle {
  ir::ValueId value = 0;
  ir::ValueId position = 0;
};

Result<ir::ValueId> gather(Call& call, ir::ValueId x, ir::ValueId at, size_t axis) {
  auto op = std::make_shared<ops::GatherElements>();
  op->axis = static_cast<int64_t>(axis);
  return call.emit(std::move(op), {x, at});
}

/// Positions of the middle of the numbers in a line whose sorted positions are `sorted`, in which NaN stands last; of NaN where there is nothing else.
Result<ir::ValueId> middle_of_numbers(Call& call, ir::ValueId x, ir::ValueId sorted, size_t axis) {
  TRY_ASSIGN(const ir::ValueId nan, call.unary(ops::UnaryKind::kIsNan, x));
  TRY_ASSIGN(const ir::ValueId number, call.unary(ops::UnaryKind::kLogicalNot, nan));
  TRY_ASSIGN(const ir::ValueId ones, call.cast(number, DType::kI64));
  TRY_ASSIGN(const ir::ValueId count, call.reduce(ops::ReduceKind::kSum, ones, {static_cast<int64_t>(axis)}, true));
  TRY_ASSIGN(const ir::ValueId last, call.binary(ops::BinaryKind::kSub, count, 1.0));
  TRY_ASSIGN(const ir::ValueId half, call.binary(ops::BinaryKind::kFloorDiv, last, 2.0));
  TRY_ASSIGN(const ir::ValueId at, call.binary(ops::BinaryKind::kMaximum, half, 0.0));
  return gather(call, sorted, at, axis);
}

/// The dimension stays with size 1.
Result<Middle> middle(Call& call, ir::ValueId x, size_t axis, bool ignore_nan) {
  TRY(call.want_known(x));
  const int64_t size = call.shape(x)[axis];
  if (size < 1) return invalid_model("the median of no elements");
  auto sort = std::make_shared<ops::Sort>();
  sort->axis = static_cast<int64_t>(axis);
  TRY_ASSIGN(const auto sorted, call.emit_all(std::move(sort), {x}));
  TRY_ASSIGN(const ir::ValueId positions, call.cast(sorted[1], DType::kI64));
  ir::ValueId position = 0;
  if (ignore_nan && is_floating(call.type(x).dtype)) {
    TRY_ASSIGN(position, middle_of_numbers(call, x, positions, axis));
  } else {
    TRY_ASSIGN(position, call.slice(positions, axis, (size - 1) / 2, 1));
  }
  if (!ignore_nan && is_floating(call.type(x).dtype)) {
    // The position of the largest element is that of the first NaN, where there is one.
    auto largest = std::make_shared<ops::ArgReduce>();
    largest->axis = static_cast<int64_t>(axis);
    largest->keep_dims = true;
    TRY_ASSIGN(const ir::ValueId at, call.emit(std::move(largest), {x}));
    TRY_ASSIGN(const ir::ValueId nan, call.unary(ops::UnaryKind::kIsNan, x));
    TRY_ASSIGN(const ir::ValueId any, call.reduce(ops::ReduceKind::kAny, nan, {static_cast<int64_t>(axis)}, true));
    TRY_ASSIGN(position, call.select(any, at, position));
  }
  TRY_ASSIGN(const ir::ValueId value, gather(call, x, position, axis));
  return Middle{value, position};
}

Result<Item> median_along(Call& call, ir::ValueId x, int64_t given, bool keep_dims, bool ignore_nan) {
  const bool scalar = call.rank(x) == 0;
  if (scalar) {
    TRY_ASSIGN(x, call.reshape(x, {1}));
  }
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(Middle found, middle(call, x, axis, ignore_nan));
  if (!keep_dims || scalar) {
    std::vector<int64_t> dims = call.shape(found.value).vector();
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
    TRY_ASSIGN(found.value, call.reshape(found.value, dims));
    TRY_ASSIGN(found.position, call.reshape(found.position, dims));
  }
  TRY_ASSIGN(found.position, call.cast(found.position, call.declared_type(1, DType::kI64)));
  return make_tuple({Item(Computed{found.value}), Item(Computed{found.position})});
}

Result<ir::ValueId> median_of_all(Call& call, ir::ValueId x, bool ignore_nan) {
  TRY(call.want_known(x));
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(x, {call.shape(x).elements()}));
  TRY_ASSIGN(const Middle found, middle(call, flat, 0, ignore_nan));
  return call.reshape(found.value, {});
}

/// Of all elements there is no position.
Result<Item> lower_median(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const bool all, call.flag("global_median", kAttributeOnly, false));
  TRY_ASSIGN(const bool ignore_nan, call.flag("ignore_nan", kAttributeOnly, false));
  TRY_ASSIGN(const int64_t axis, call.integer("axis", kAttributeOnly, 0));
  TRY_ASSIGN(const bool keep_dims, call.flag("keep_dims", kAttributeOnly, false));
  if (all) {
    TRY_ASSIGN(const ir::ValueId value, median_of_all(call, x, ignore_nan));
    return make_tuple({Item(Computed{value}), Item(Unavailable{"the median of all elements has no position"})});
  }
  return median_along(call, x, axis, keep_dims, ignore_nan);
}

Result<Item> lower_median_dim(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t axis, call.integer("dim", 1, -1));
  TRY_ASSIGN(const bool keep_dims, call.flag("keepdim", 2, false));
  return median_along(call, x, axis, keep_dims, false);
}

Result<Item> lower_median_ext(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  return call.result(median_of_all(call, x, false));
}

REGISTER_PRIMITIVE(Median, lower_median);
REGISTER_PRIMITIVE(MedianDim, lower_median_dim);
REGISTER_PRIMITIVE(MedianExt, lower_median_ext);

}  // namespace
}  // namespace mindird::mindir

// FractionalMaxPoolWithFixedKsize and FractionalMaxPool3DWithFixedKsize (Graham, "Fractional max-pooling", 2014): windows of one size whose starts follow a
// number drawn for each plane, given as an input. The start of window i is trunc((i + u) a) - trunc(u a) with a = (size - kernel) / (count - 1); the last
// window ends with the plane.
#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/indexing/gather_elements.h"
#include "ops/ordering/arg_reduce.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

struct Axis {
  int64_t size = 0;
  int64_t kernel = 0;
  int64_t count = 0;
};

Result<std::vector<int64_t>> each(const Call& call, std::string_view name, size_t spatial) {
  TRY_ASSIGN(std::vector<int64_t> given, call.integers(name, kAttributeOnly));
  if (given.size() == 1) given.resize(spatial, given[0]);
  if (given.size() != spatial) return invalid_model(str(name, " has ", given.size(), " values, want ", spatial));
  return given;
}

/// Starts of the windows along an axis, i64 [planes, count], from the numbers drawn, [planes, 1].
Result<ir::ValueId> starts(Call& call, ir::ValueId drawn, const Axis& axis) {
  std::vector<ir::ValueId> parts;
  const int64_t last = axis.size - axis.kernel;
  const int64_t planes = call.shape(drawn)[0];
  if (axis.count > 1) {
    const double step = static_cast<double>(last) / static_cast<double>(axis.count - 1);
    TRY_ASSIGN(const ir::ValueId places, iota(call, axis.count - 1));
    TRY_ASSIGN(const ir::ValueId real, call.cast(places, call.type(drawn).dtype));
    TRY_ASSIGN(const ir::ValueId moved, call.binary(BinaryKind::kAdd, drawn, real));
    TRY_ASSIGN(const ir::ValueId scaled, call.binary(BinaryKind::kMul, moved, step));
    TRY_ASSIGN(const ir::ValueId whole, call.cast(scaled, DType::kI64));
    TRY_ASSIGN(const ir::ValueId first, call.binary(BinaryKind::kMul, drawn, step));
    TRY_ASSIGN(const ir::ValueId before, call.cast(first, DType::kI64));
    TRY_ASSIGN(const ir::ValueId part, call.binary(BinaryKind::kSub, whole, before));
    parts.push_back(part);
  }
  TRY_ASSIGN(const ir::ValueId end, full(call, static_cast<double>(last), {DType::kI64, Shape{planes, 1}}));
  parts.push_back(end);
  return parts.size() == 1 ? Result<ir::ValueId>(end) : call.concat(std::move(parts), 1);
}

/// Positions of all elements of all windows, counted within the plane: i64 [planes, counts of windows and then sizes of windows, axis by axis].
Result<ir::ValueId> positions(Call& call, ir::ValueId samples, std::span<const Axis> axes) {
  const int64_t planes = call.shape(samples)[0];
  std::vector<int64_t> dims{planes};
  for (const Axis& axis : axes) dims.push_back(axis.count);
  for (const Axis& axis : axes) dims.push_back(axis.kernel);
  ir::ValueId sum = 0;
  for (size_t i = 0; i < axes.size(); ++i) {
    // The first number is for the last axis.
    TRY_ASSIGN(const ir::ValueId drawn, call.slice(samples, 1, static_cast<int64_t>(axes.size() - 1 - i), 1));
    TRY_ASSIGN(const ir::ValueId first, starts(call, drawn, axes[i]));
    TRY_ASSIGN(const ir::ValueId within, iota(call, axes[i].kernel));
    std::vector<int64_t> of_first(dims.size(), 1);
    std::vector<int64_t> of_within(dims.size(), 1);
    of_first[0] = planes;
    of_first[1 + i] = axes[i].count;
    of_within[1 + axes.size() + i] = axes[i].kernel;
    TRY_ASSIGN(const ir::ValueId a, call.reshape(first, of_first));
    TRY_ASSIGN(const ir::ValueId b, call.reshape(within, of_within));
    TRY_ASSIGN(const ir::ValueId place, call.binary(BinaryKind::kAdd, a, b));
    if (i == 0) {
      sum = place;
      continue;
    }
    TRY_ASSIGN(const ir::ValueId lines, call.binary(BinaryKind::kMul, sum, static_cast<double>(axes[i].size)));
    TRY_ASSIGN(sum, call.binary(BinaryKind::kAdd, lines, place));
  }
  return sum;
}

Result<std::vector<Axis>> axes_of(const Call& call, const Shape& x, size_t spatial) {
  TRY_ASSIGN(const std::vector<int64_t> kernel, each(call, "ksize", spatial));
  TRY_ASSIGN(const std::vector<int64_t> count, each(call, "output_shape", spatial));
  std::vector<Axis> axes;
  for (size_t i = 0; i < spatial; ++i) {
    const Axis axis{x[2 + i], kernel[i], count[i]};
    if (axis.kernel < 1 || axis.kernel > axis.size || axis.count < 1 || axis.count > axis.size - axis.kernel + 1) {
      return invalid_model(str(axis.count, " windows of ", axis.kernel, " in ", axis.size, " elements"));
    }
    axes.push_back(axis);
  }
  return axes;
}

/// The greatest of each window, and its position within the plane.
LowerFunction fractional_max_pool(size_t spatial) {
  return [spatial](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY_ASSIGN(const ir::ValueId samples, call.tensor(1));
    TRY(call.want_rank(x, spatial + 2, "the input"));
    TRY(call.want_known(x));
    TRY(call.channels_first(call.has("format") ? "format" : "data_format"));
    const Shape shape = call.shape(x);
    TRY_ASSIGN(const std::vector<Axis> axes, axes_of(call, shape, spatial));
    const int64_t planes = shape[0] * shape[1];
    if (planes < 1 || call.shape(samples) != Shape{shape[0], shape[1], static_cast<int64_t>(spatial)})
      return invalid_model(str("numbers drawn are ", call.type(samples).text()));
    TRY_ASSIGN(const ir::ValueId drawn, call.reshape(samples, {planes, static_cast<int64_t>(spatial)}));
    TRY_ASSIGN(const ir::ValueId all, positions(call, drawn, axes));
    int64_t windows = 1;
    int64_t size = 1;
    std::vector<int64_t> dims{shape[0], shape[1]};
    for (const Axis& axis : axes) {
      windows *= axis.count;
      size *= axis.kernel;
      dims.push_back(axis.count);
    }
    TRY_ASSIGN(const ir::ValueId places, call.reshape(all, {planes, windows * size}));
    TRY_ASSIGN(const ir::ValueId flat, call.reshape(x, {planes, shape.elements() / planes}));
    const auto gather = [&](ir::ValueId from, ir::ValueId at, int64_t axis) {
      auto op = std::make_shared<ops::GatherElements>();
      op->axis = axis;
      return call.emit(std::move(op), {from, at});
    };
    TRY_ASSIGN(const ir::ValueId taken, gather(flat, places, 1));
    TRY_ASSIGN(const ir::ValueId of_windows, call.reshape(taken, {planes, windows, size}));
    TRY_ASSIGN(const ir::ValueId places_of_windows, call.reshape(places, {planes, windows, size}));
    auto greatest = std::make_shared<ops::ArgReduce>();
    greatest->axis = 2;
    greatest->keep_dims = true;
    TRY_ASSIGN(const ir::ValueId at, call.emit(std::move(greatest), {of_windows}));
    TRY_ASSIGN(const ir::ValueId value, gather(of_windows, at, 2));
    TRY_ASSIGN(ir::ValueId position, gather(places_of_windows, at, 2));
    TRY_ASSIGN(const ir::ValueId pooled, call.reshape(value, dims));
    TRY_ASSIGN(position, call.reshape(position, dims));
    TRY_ASSIGN(position, call.cast(position, call.declared_type(1, DType::kI64)));
    return make_tuple({Item(Computed{pooled}), Item(Computed{position})});
  };
}

REGISTER_PRIMITIVE(FractionalMaxPoolWithFixedKsize, fractional_max_pool(2));
REGISTER_PRIMITIVE(FractionalMaxPool3DWithFixedKsize, fractional_max_pool(3));

}  // namespace
}  // namespace mindird::mindir

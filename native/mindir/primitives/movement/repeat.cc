// Repeating elements in their place (RepeatInterleave…) and moving them in a circle (Roll).
#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {
namespace {

/// The input and the axis at input 2; without an axis the input in one line.
struct Place {
  ir::ValueId x = 0;
  size_t axis = 0;
};

Result<Place> place_of_repeat(Call& call) {
  Place out;
  TRY_ASSIGN(out.x, call.tensor(0));
  TRY(call.want_known(out.x));
  if (!call.has("dim", 2)) {
    TRY_ASSIGN(out.x, call.reshape(out.x, {call.shape(out.x).elements()}));
    return out;
  }
  TRY_ASSIGN(const int64_t given, call.integer("dim", 2));
  TRY_ASSIGN(out.axis, call.axis(given, call.rank(out.x)));
  return out;
}

/// Checks the size that the file may state for the axis.
Status check_output_size(Call& call, int64_t size) {
  if (!call.has("output_size", 3)) return {};
  TRY_ASSIGN(const int64_t stated, call.integer("output_size", 3));
  return stated == size ? Status() : invalid_model(str("output_size is ", stated, ", but the repetitions give ", size));
}

Result<ir::ValueId> repeated(Call& call, const Place& place, int64_t repeats) {
  if (repeats < 0) return invalid_model(str(repeats, " repetitions"));
  std::vector<int64_t> dims = call.shape(place.x).vector();
  const auto size = checked_mul(dims[place.axis], repeats);
  if (!size) return invalid_model(str(repeats, " repetitions of ", call.type(place.x).text()));
  TRY(check_output_size(call, *size));
  std::vector<int64_t> spread = dims;
  const auto behind = static_cast<std::ptrdiff_t>(place.axis) + 1;
  spread.insert(spread.begin() + behind, 1);
  TRY_ASSIGN(const ir::ValueId column, call.reshape(place.x, spread));
  spread[static_cast<size_t>(behind)] = repeats;
  TRY_ASSIGN(const ir::ValueId plane, call.expand(column, std::move(spread)));
  dims[place.axis] = *size;
  return call.reshape(plane, std::move(dims));
}

Result<Item> lower_repeat_int(Call& call) {
  TRY_ASSIGN(const Place place, place_of_repeat(call));
  TRY_ASSIGN(const int64_t repeats, call.integer("repeats", 1));
  return call.result(repeated(call, place, repeats));
}

/// One number of repetitions for all elements of the axis, or one for each.
Result<Item> lower_repeat_tensor(Call& call) {
  TRY_ASSIGN(const Place place, place_of_repeat(call));
  TRY_ASSIGN(const auto repeats, call.integers("repeats", 1));
  if (repeats.size() == 1) return call.result(repeated(call, place, repeats[0]));
  const int64_t size = call.shape(place.x)[place.axis];
  if (static_cast<int64_t>(repeats.size()) != size) return invalid_model(str(repeats.size(), " numbers of repetitions, want 1 or ", size));
  std::vector<int64_t> index;
  for (size_t i = 0; i < repeats.size(); ++i) {
    if (repeats[i] < 0 || repeats[i] > kMaxDimension - static_cast<int64_t>(index.size())) return invalid_model(str(repeats[i], " repetitions"));
    TRY(call.spend(static_cast<size_t>(repeats[i])));
    index.insert(index.end(), static_cast<size_t>(repeats[i]), static_cast<int64_t>(i));
  }
  TRY(check_output_size(call, static_cast<int64_t>(index.size())));
  TRY_ASSIGN(const ir::ValueId positions, call.constant({DType::kI64, {static_cast<int64_t>(index.size())}}, std::as_bytes(std::span(index))));
  auto op = std::make_shared<ops::Gather>();
  op->axis = static_cast<int64_t>(place.axis);
  return call.result(call.emit(std::move(op), {place.x, positions}));
}

/// Along an axis by `shift` towards the end, the last elements coming first.
Result<ir::ValueId> rolled(Call& call, ir::ValueId x, size_t axis, int64_t shift) {
  const int64_t size = call.shape(x)[axis];
  const int64_t moved = size == 0 ? 0 : ((shift % size) + size) % size;
  if (moved == 0) return x;
  TRY_ASSIGN(const ir::ValueId last, call.slice(x, axis, size - moved, moved));
  TRY_ASSIGN(const ir::ValueId first, call.slice(x, axis, 0, size - moved));
  return call.concat({last, first}, axis);
}

/// Without axes the elements are in one line.
Result<Item> lower_roll(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const auto shifts, call.integers("shifts", 1));
  TRY_ASSIGN(const auto axes, call.integers("dims", 2, std::vector<int64_t>()));
  const std::vector<int64_t> dims = call.shape(x).vector();
  if (axes.empty()) {
    if (shifts.size() != 1) return invalid_model(str(shifts.size(), " shifts without axes, want 1"));
    TRY_ASSIGN(const ir::ValueId line, call.reshape(x, {call.shape(x).elements()}));
    TRY_ASSIGN(const ir::ValueId moved, rolled(call, line, 0, shifts[0]));
    return call.result(call.reshape(moved, dims));
  }
  if (shifts.size() != axes.size()) return invalid_model(str(shifts.size(), " shifts for ", axes.size(), " axes"));
  for (size_t i = 0; i < axes.size(); ++i) {
    TRY_ASSIGN(const size_t axis, call.axis(axes[i], dims.size()));
    TRY_ASSIGN(x, rolled(call, x, axis, shifts[i]));
  }
  return Item(Computed{x});
}

REGISTER_PRIMITIVE(RepeatInterleaveInt, lower_repeat_int);
REGISTER_PRIMITIVE(RepeatInterleaveTensor, lower_repeat_tensor);
REGISTER_PRIMITIVE(Roll, lower_roll);

}  // namespace
}  // namespace mindird::mindir

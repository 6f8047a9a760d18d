// Slice and StridedSlice.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/slice.h"

namespace mindird::mindir {
namespace {

/// size -1: everything from begin on.
Result<Item> lower_slice(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  auto op = std::make_shared<ops::Slice>();
  TRY_ASSIGN(op->begin, call.integers("begin", 1));
  TRY_ASSIGN(op->size, call.integers("size", 2));
  const size_t rank = call.rank(x);
  if (op->begin.size() != rank || op->size.size() != rank) {
    return invalid_model(str("begin has ", op->begin.size(), " and size ", op->size.size(), " values, want ", rank));
  }
  for (size_t i = 0; i < rank; ++i) {
    const int64_t dim = call.shape(x)[i];
    if (op->begin[i] < 0 || op->begin[i] > dim) return invalid_model(str("begin ", op->begin[i], " is outside of dimension ", i, " of size ", dim));
    if (op->size[i] == -1) op->size[i] = dim - op->begin[i];
  }
  op->stride.assign(rank, 1);
  return call.result(call.emit(std::move(op), {x}));
}

/// One entry of begin, end and strides with its mask bits.
struct Masks {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t ellipsis = 0;
  int64_t new_axis = 0;
  int64_t shrink = 0;

  static bool bit(int64_t mask, size_t i) { return i < 63 && ((mask >> i) & 1) != 0; }
};

/// The slice under construction: consumed dimensions of x and the shape of the result.
struct Builder {
  const Shape& x;
  std::shared_ptr<ops::Slice> op;
  std::vector<int64_t> result;  // dimensions, without those taken out and with new ones

  size_t next() const { return op->begin.size(); }

  void keep() {
    const int64_t dim = x[next()];
    op->begin.push_back(0);
    op->size.push_back(dim);
    op->stride.push_back(1);
    result.push_back(dim);
  }

  Status shrink(int64_t position) {
    const int64_t dim = x[next()];
    const int64_t at = position < 0 ? position + dim : position;
    if (at < 0 || at >= dim) return invalid_model(str("index ", position, " is outside of dimension ", next(), " of size ", dim));
    op->begin.push_back(at);
    op->size.push_back(1);
    op->stride.push_back(1);
    return {};
  }

  /// Python's rules: negative bounds count from the end, bounds outside are clamped, an empty range is allowed.
  Status range(std::optional<int64_t> from, std::optional<int64_t> to, int64_t stride) {
    const int64_t dim = x[next()];
    if (stride == 0 || stride == INT64_MIN) return invalid_model(str("stride ", stride));
    const int64_t low = stride > 0 ? 0 : -1;
    const int64_t high = stride > 0 ? dim : dim - 1;
    const auto bound = [&](std::optional<int64_t> given, int64_t open) {
      if (!given) return open;
      return std::clamp(*given < 0 ? *given + dim : *given, low, high);
    };
    const int64_t begin = bound(from, stride > 0 ? low : high);
    const int64_t end = bound(to, stride > 0 ? high : low);
    const int64_t distance = stride > 0 ? end - begin : begin - end;
    const int64_t step = stride > 0 ? stride : -stride;
    const int64_t size = distance <= 0 ? 0 : (distance - 1) / step + 1;
    op->begin.push_back(size == 0 ? 0 : begin);
    op->size.push_back(size);
    op->stride.push_back(size <= 1 ? 1 : stride);
    result.push_back(size);
    return {};
  }
};

Result<Masks> masks_of(const Call& call) {
  Masks masks;
  TRY_ASSIGN(masks.begin, call.integer("begin_mask", 4, 0));
  TRY_ASSIGN(masks.end, call.integer("end_mask", 5, 0));
  TRY_ASSIGN(masks.ellipsis, call.integer("ellipsis_mask", 6, 0));
  TRY_ASSIGN(masks.new_axis, call.integer("new_axis_mask", 7, 0));
  TRY_ASSIGN(masks.shrink, call.integer("shrink_axis_mask", 8, 0));
  return masks;
}

struct Bounds {
  std::vector<int64_t> begin;
  std::vector<int64_t> end;
  std::vector<int64_t> stride;
};

Status add_entry(Builder& builder, const Bounds& bounds, const Masks& masks, size_t i, size_t entries_after) {
  if (Masks::bit(masks.ellipsis, i)) {
    while (builder.next() + entries_after < builder.x.rank()) builder.keep();
    return {};
  }
  if (Masks::bit(masks.new_axis, i)) {
    builder.result.push_back(1);
    return {};
  }
  if (builder.next() >= builder.x.rank()) return invalid_model(str("more entries than the rank ", builder.x.rank()));
  if (Masks::bit(masks.shrink, i)) return builder.shrink(bounds.begin[i]);
  const auto unless = [i](int64_t mask, int64_t value) { return Masks::bit(mask, i) ? std::nullopt : std::optional(value); };
  return builder.range(unless(masks.begin, bounds.begin[i]), unless(masks.end, bounds.end[i]), bounds.stride[i]);
}

Result<Item> lower_strided_slice(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  Bounds bounds;
  TRY_ASSIGN(bounds.begin, call.integers("begin", 1));
  TRY_ASSIGN(bounds.end, call.integers("end", 2));
  TRY_ASSIGN(bounds.stride, call.integers("strides", 3, std::vector<int64_t>(bounds.begin.size(), 1)));
  const size_t entries = bounds.begin.size();
  if (bounds.end.size() != entries || bounds.stride.size() != entries) {
    return invalid_model(str("begin, end and strides have ", entries, ", ", bounds.end.size(), " and ", bounds.stride.size(), " values"));
  }
  if (entries > 2 * kMaxRank) return invalid_model(str(entries, " entries, want at most ", 2 * kMaxRank));
  TRY_ASSIGN(const Masks masks, masks_of(call));
  const Shape shape = call.shape(x);
  Builder builder{shape, std::make_shared<ops::Slice>(), {}};
  for (size_t i = 0; i < entries; ++i) {
    size_t after = 0;
    for (size_t j = i + 1; j < entries; ++j) after += Masks::bit(masks.new_axis, j) || Masks::bit(masks.ellipsis, j) ? 0 : 1;
    TRY(add_entry(builder, bounds, masks, i, after));
  }
  while (builder.next() < shape.rank()) builder.keep();
  TRY_ASSIGN(const ir::ValueId part, call.emit(builder.op, {x}));
  return call.result(call.reshape(part, std::move(builder.result)));
}

REGISTER_PRIMITIVE(Slice, lower_slice);
REGISTER_PRIMITIVE(StridedSlice, lower_strided_slice);

}  // namespace
}  // namespace mindird::mindir

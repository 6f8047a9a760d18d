#include "mindir/primitives/movement/pad_edges.h"

#include <algorithm>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

struct Padding {
  int64_t before = 0;
  int64_t after = 0;
};

/// What is cut off, and the padding that is left.
Result<ir::ValueId> cut(Call& call, ir::ValueId x, size_t axis, Padding& padding) {
  const int64_t size = call.shape(x)[axis];
  const int64_t first = std::max<int64_t>(-padding.before, 0);
  const int64_t last = std::max<int64_t>(-padding.after, 0);
  if (first > size || last > size - first)
    return invalid_model(str("padding ", padding.before, " and ", padding.after, " of dimension ", axis, " of size ", size));
  padding = {std::max<int64_t>(padding.before, 0), std::max<int64_t>(padding.after, 0)};
  if (first == 0 && last == 0) return x;
  return call.slice(x, axis, first, size - first - last);
}

/// The element at the edge, `count` times.
Result<ir::ValueId> edge(Call& call, ir::ValueId x, size_t axis, int64_t position, int64_t count) {
  TRY_ASSIGN(const ir::ValueId one, call.slice(x, axis, position, 1));
  std::vector<int64_t> dims = call.shape(one).vector();
  dims[axis] = count;
  return call.expand(one, std::move(dims));
}

using PadAxis = Result<ir::ValueId> (*)(Call& call, ir::ValueId x, size_t axis, const Padding& padding);

Result<ir::ValueId> edge_axis(Call& call, ir::ValueId x, size_t axis, const Padding& padding) {
  const int64_t size = call.shape(x)[axis];
  if (size == 0) return invalid_model(str("dimension ", axis, " is empty and has no edge"));
  std::vector<ir::ValueId> parts;
  if (padding.before > 0) {
    TRY_ASSIGN(const ir::ValueId part, edge(call, x, axis, 0, padding.before));
    parts.push_back(part);
  }
  parts.push_back(x);
  if (padding.after > 0) {
    TRY_ASSIGN(const ir::ValueId part, edge(call, x, axis, size - 1, padding.after));
    parts.push_back(part);
  }
  return call.concat(std::move(parts), axis);
}

Result<ir::ValueId> circle_axis(Call& call, ir::ValueId x, size_t axis, const Padding& padding) {
  const int64_t size = call.shape(x)[axis];
  if (padding.before > size || padding.after > size)
    return invalid_model(str("padding ", padding.before, " and ", padding.after, " of dimension ", axis, " of size ", size));
  std::vector<ir::ValueId> parts;
  if (padding.before > 0) {
    TRY_ASSIGN(const ir::ValueId part, call.slice(x, axis, size - padding.before, padding.before));
    parts.push_back(part);
  }
  parts.push_back(x);
  if (padding.after > 0) {
    TRY_ASSIGN(const ir::ValueId part, call.slice(x, axis, 0, padding.after));
    parts.push_back(part);
  }
  return call.concat(std::move(parts), axis);
}

Result<ir::ValueId> pad(Call& call, ir::ValueId x, const std::vector<int64_t>& pairs, PadAxis pad_axis) {
  TRY(call.want_known(x));
  if (pairs.size() != 2 * call.rank(x)) return invalid_model(str(pairs.size(), " paddings, want ", 2 * call.rank(x)));
  for (size_t axis = 0; axis < call.rank(x); ++axis) {
    Padding padding{pairs[2 * axis], pairs[2 * axis + 1]};
    TRY_ASSIGN(x, cut(call, x, axis, padding));
    if (padding.before == 0 && padding.after == 0) continue;
    TRY_ASSIGN(x, pad_axis(call, x, axis, padding));
  }
  return x;
}

}  // namespace

Result<ir::ValueId> pad_with_edge(Call& call, ir::ValueId x, const std::vector<int64_t>& pairs) { return pad(call, x, pairs, edge_axis); }

Result<ir::ValueId> pad_in_circle(Call& call, ir::ValueId x, const std::vector<int64_t>& pairs) { return pad(call, x, pairs, circle_axis); }

}  // namespace mindird::mindir

#include "mindir/primitives/tuple/members.h"

#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/scalar/number.h"

namespace mindird::mindir {

Result<const Items*> members(const Call& call, size_t position) {
  const Item& item = call.input(position);
  if (const Items* items = item.tuple()) return items;
  if (const auto* unavailable = item.as<Unavailable>()) return unsupported(unavailable->reason);
  return invalid_model(str("input ", position, " is ", item.text(), ", want a tuple"));
}

Result<Item> charged_tuple(Call& call, Items items) {
  TRY(call.spend(items.size()));
  return make_tuple(std::move(items));
}

Result<bool> same(Call& call, const Item& x, const Item& y) {
  TRY(call.spend(1));
  if (const auto* unavailable = x.as<Unavailable>()) return unsupported(unavailable->reason);
  if (const auto* unavailable = y.as<Unavailable>()) return unsupported(unavailable->reason);
  if (x.tuple() && y.tuple()) {
    if (x.tuple()->size() != y.tuple()->size()) return false;
    for (size_t i = 0; i < x.tuple()->size(); ++i) {
      TRY_ASSIGN(const bool equal_members, same(call, (*x.tuple())[i], (*y.tuple())[i]));
      if (!equal_members) return false;
    }
    return true;
  }
  const auto a = known_number(x);
  const auto b = known_number(y);
  if (a && b) return equal(*a, *b);
  const auto* s = x.as<std::string>();
  const auto* t = y.as<std::string>();
  if (s && t) return *s == *t;
  if (x.as<Computed>() || y.as<Computed>() || x.as<ConstantPtr>() || y.as<ConstantPtr>()) {
    return unsupported(str("compares ", x.text(), " with ", y.text(), ", which is known only at run time"));
  }
  return x.is_none() && y.is_none();
}

Result<std::vector<size_t>> slice_positions(Call& call, size_t first_argument, size_t count) {
  const auto size = static_cast<int64_t>(count);
  TRY_ASSIGN(const int64_t step, call.integer("step", first_argument + 2, 1));
  if (step == 0 || step == INT64_MIN) return invalid_model(str("step ", step));
  TRY_ASSIGN(int64_t start, call.integer("start", first_argument, step > 0 ? 0 : size - 1));
  TRY_ASSIGN(int64_t stop, call.integer("stop", first_argument + 1, step > 0 ? size : -size - 1));
  const auto bound = [&](int64_t given) {
    return std::clamp(given < 0 ? given + size : given, step > 0 ? int64_t{0} : int64_t{-1}, step > 0 ? size : size - 1);
  };
  start = bound(start);
  stop = bound(stop);
  std::vector<size_t> out;
  const int64_t distance = step > 0 ? stop - start : start - stop;
  const int64_t stride = step > 0 ? step : -step;
  for (int64_t walked = 0; walked<distance; walked = stride> distance - walked ? distance : walked + stride) {
    out.push_back(static_cast<size_t>(step > 0 ? start + walked : start - walked));
  }
  return out;
}

}  // namespace mindird::mindir

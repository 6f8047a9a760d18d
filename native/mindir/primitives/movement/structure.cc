// Primitives that only arrange values: tuples, memory order, copies. None of them becomes a node.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

/// Load, Depend and copies: the value of the first input.
Result<Item> lower_forward(Call& call) {
  if (call.input_count() == 0) return invalid_model("0 inputs, want at least 1");
  return call.input(0);
}

Result<Item> lower_update_state(Call&) { return Item(Monad{}); }

Result<Item> lower_make_tuple(Call& call) {
  Items items;
  items.reserve(call.input_count());
  for (size_t i = 0; i < call.input_count(); ++i) items.push_back(call.input(i));
  return make_tuple(std::move(items));
}

Result<Item> lower_tuple_get_item(Call& call) {
  const Items* items = call.input(0).tuple();
  if (!items) {
    if (const auto* reason = call.input(0).as<Unavailable>()) return unsupported(reason->reason);
    return invalid_model(str("input 0 is ", call.input(0).text(), ", want a tuple"));
  }
  TRY_ASSIGN(int64_t index, call.integer("index", 1));
  const auto count = static_cast<int64_t>(items->size());
  if (index < -count || index >= count) return invalid_model(str("index ", index, " is outside of a tuple of ", count));
  if (index < 0) index += count;
  return (*items)[static_cast<size_t>(index)];
}

REGISTER_PRIMITIVE(Load, lower_forward);
REGISTER_PRIMITIVE(Depend, lower_forward);
REGISTER_PRIMITIVE(TensorMove, lower_forward);
REGISTER_PRIMITIVE(UpdateState, lower_update_state);
REGISTER_PRIMITIVE(MakeTuple, lower_make_tuple);
REGISTER_PRIMITIVE(make_list, lower_make_tuple);
REGISTER_PRIMITIVE(TupleGetItem, lower_tuple_get_item);

}  // namespace
}  // namespace mindird::mindir

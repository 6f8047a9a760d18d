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

/// ToDtype(x, dtype, …) and ToDevice(x, device, dtype, …); without a type nothing changes.
Result<Item> lower_to_type(Call& call) {
  const size_t position = call.op() == "ToDevice" ? 2 : 1;
  if (!call.has("dtype", position)) return call.input(0);
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const DType to, call.element_type("dtype", position));
  return call.result(call.cast(x, to));
}

/// In the element type of another tensor.
Result<Item> lower_to_other(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId other, call.tensor(1));
  return call.result(call.cast(x, call.type(other).dtype));
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
REGISTER_PRIMITIVE(CheckNumerics, lower_forward);  // without its exception where a number is none: such numbers are seen in the results
REGISTER_PRIMITIVE(Identity, lower_forward);
REGISTER_PRIMITIVE(IdentityN, lower_forward);
REGISTER_PRIMITIVE(Contiguous, lower_forward);
REGISTER_PRIMITIVE(Copy, lower_forward);
REGISTER_PRIMITIVE(Clone, lower_forward);
REGISTER_PRIMITIVE(Detach, lower_forward);
REGISTER_PRIMITIVE(StopGradient, lower_forward);
REGISTER_PRIMITIVE(stop_gradient, lower_forward);
REGISTER_PRIMITIVE(ToDevice, lower_to_type);
REGISTER_PRIMITIVE(ToDtype, lower_to_type);
REGISTER_PRIMITIVE(ToOther, lower_to_other);
REGISTER_PRIMITIVE(UpdateState, lower_update_state);
REGISTER_PRIMITIVE(MakeTuple, lower_make_tuple);
REGISTER_PRIMITIVE(make_list, lower_make_tuple);
REGISTER_PRIMITIVE(RealMakeTuple, lower_make_tuple);
REGISTER_PRIMITIVE(TupleGetItem, lower_tuple_get_item);
REGISTER_PRIMITIVE(RealTupleGetItem, lower_tuple_get_item);
REGISTER_PRIMITIVE(list_getitem, lower_tuple_get_item);
REGISTER_PRIMITIVE(tuple_getitem, lower_tuple_get_item);

}  // namespace
}  // namespace mindird::mindir

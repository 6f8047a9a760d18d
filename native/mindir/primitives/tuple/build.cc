// Tuples and lists out of others: they are values of the lowering, so nothing here becomes a node.
#include "base/strings.h"
#include "mindir/primitives/tuple/members.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_add(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY_ASSIGN(const Items* y, members(call, 1));
  TRY(call.spend(x->size() + y->size()));
  Items out = *x;
  out.insert(out.end(), y->begin(), y->end());
  return make_tuple(std::move(out));
}

Result<Item> lower_multiply(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY_ASSIGN(const int64_t given, call.integer("scalar", 1));
  const size_t times = given < 0 ? 0 : static_cast<size_t>(given);
  if (!x->empty() && times > kMaxTupleSize / x->size()) return unsupported(str("a tuple of ", x->size(), " taken ", times, " times"));
  TRY(call.spend(x->size() * times));
  Items out;
  for (size_t i = 0; i < times && !x->empty(); ++i) out.insert(out.end(), x->begin(), x->end());
  return make_tuple(std::move(out));
}

Result<Item> lower_slice(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY(call.spend(x->size()));
  TRY_ASSIGN(const auto positions, slice_positions(call, 1, x->size()));
  Items out;
  for (const size_t position : positions) out.push_back((*x)[position]);
  return make_tuple(std::move(out));
}

/// The members that a slice picks are replaced by as many of another tuple.
Result<Item> lower_slice_set(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY_ASSIGN(const Items* target, members(call, 1));
  TRY(call.spend(x->size()));
  TRY_ASSIGN(const auto positions, slice_positions(call, 2, x->size()));
  if (positions.size() != target->size()) return unsupported(str(positions.size(), " members are replaced by ", target->size()));
  Items out = *x;
  for (size_t i = 0; i < positions.size(); ++i) out[positions[i]] = (*target)[i];
  return charged_tuple(call, std::move(out));
}

Result<size_t> position_in(const Call& call, size_t argument, size_t count) {
  TRY_ASSIGN(const int64_t given, call.integer("index", argument));
  const auto size = static_cast<int64_t>(count);
  if (given < -size || given >= size) return invalid_model(str("index ", given, " is outside of a tuple of ", size));
  return static_cast<size_t>(given < 0 ? given + size : given);
}

Result<Item> lower_set_item(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY_ASSIGN(const size_t position, position_in(call, 1, x->size()));
  TRY(call.spend(x->size()));
  Items out = *x;
  out[position] = call.input(2);
  return make_tuple(std::move(out));
}

Result<Item> lower_append(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY(call.spend(x->size()));
  Items out = *x;
  out.push_back(call.input(1));
  return make_tuple(std::move(out));
}

/// In front of the position, which is clamped to the list as in Python.
Result<Item> lower_insert(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY_ASSIGN(const int64_t given, call.integer("index", 1));
  TRY(call.spend(x->size()));
  const auto size = static_cast<int64_t>(x->size());
  const int64_t position = given < 0 ? std::max<int64_t>(given + size, 0) : std::min(given, size);
  Items out = *x;
  out.insert(out.begin() + position, call.input(2));
  return make_tuple(std::move(out));
}

Result<Item> lower_reversed(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  TRY(call.spend(x->size()));
  return make_tuple(Items(x->rbegin(), x->rend()));
}

/// make_range(limit), make_range(start, limit) or make_range(start, limit, step)
Result<Item> lower_range(Call& call) {
  const size_t count = call.input_count();
  int64_t start = 0;
  if (count > 1) {
    TRY_ASSIGN(start, call.integer("start", 0));
  }
  TRY_ASSIGN(const int64_t limit, call.integer("limit", count > 1 ? 1 : 0));
  TRY_ASSIGN(const int64_t step, call.integer("delta", 2, 1));
  if (step == 0) return invalid_model("step 0");
  Items out;
  for (int64_t i = start; step > 0 ? i < limit : i > limit;) {
    if (out.size() >= kMaxTupleSize) return unsupported(str("a range of more than ", kMaxTupleSize, " numbers"));
    out.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return charged_tuple(call, std::move(out));
}

Result<Item> lower_forward(Call& call) {
  TRY_ASSIGN([[maybe_unused]] const Items* x, members(call, 0));
  return call.input(0);
}

REGISTER_PRIMITIVE(SequenceAdd, lower_add);
REGISTER_PRIMITIVE(SequenceMul, lower_multiply);
REGISTER_PRIMITIVE(SequenceSlice, lower_slice);
REGISTER_PRIMITIVE(SequenceSliceSetItem, lower_slice_set);
REGISTER_PRIMITIVE(tuple_setitem, lower_set_item);
REGISTER_PRIMITIVE(list_setitem, lower_set_item);
REGISTER_PRIMITIVE(ListAppend, lower_append);
REGISTER_PRIMITIVE(ListInsert, lower_insert);
REGISTER_PRIMITIVE(tuple_reversed, lower_reversed);
REGISTER_PRIMITIVE(make_range, lower_range);
REGISTER_PRIMITIVE(TupleToList, lower_forward);
REGISTER_PRIMITIVE(ListToTuple, lower_forward);

}  // namespace
}  // namespace mindird::mindir

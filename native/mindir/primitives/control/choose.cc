// What calls are made of: Partial, Switch and switch_layer give functions with arguments, and choices between functions. The calls themselves are lowered by
// control/control.h.
#include <numeric>

#include "base/strings.h"
#include "mindir/control/control.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {
namespace {

bool is_function(const Item& item) { return item.as<Closure>() || item.as<Choice>(); }

Result<Item> lower_partial(Call& call) {
  const Item& callee = call.input(0);
  if (const auto* unavailable = callee.as<Unavailable>()) return unsupported(unavailable->reason);
  const auto* closure = callee.as<Closure>();
  if (!closure) return unsupported(str("arguments are given to ", callee.text(), ", want a function"));
  Items arguments = closure->arguments ? *closure->arguments : Items();
  for (size_t i = 1; i < call.input_count(); ++i) arguments.push_back(call.input(i));
  return make_closure(closure->function, std::move(arguments));
}

Result<Item> lower_switch(Call& call) {
  if (call.input_count() != 3) return invalid_model(str(call.input_count(), " inputs, want 3"));
  if (const auto known = call.known_condition(call.input(0))) return call.input(*known ? 1 : 2);
  TRY_ASSIGN(const ir::ValueId condition, call.condition(call.input(0)));
  const Items options = {call.input(1), call.input(2)};
  if (is_function(options[0]) && is_function(options[1])) return make_choice(condition, options);
  return call.choose(condition, options);
}

/// One of a tuple of functions by an index, which may count from the end.
Result<Item> lower_switch_layer(Call& call) {
  const Items* options = call.input(1).tuple();
  if (!options || options->empty()) return invalid_model("want a tuple of functions");
  const auto count = static_cast<int64_t>(options->size());
  if (const auto known = integers_of(call.input(0)); known && known->size() == 1) {
    const int64_t index = known->front() < 0 ? known->front() + count : known->front();
    if (index < 0 || index >= count) return invalid_model(str("index ", known->front(), " of ", count, " functions"));
    return (*options)[static_cast<size_t>(index)];
  }
  TRY_ASSIGN(const ir::ValueId index, call.tensor(0));
  if (!call.shape(index).known() || call.shape(index).elements() != 1) return unsupported(str("the index is ", call.type(index).text(), ", want one element"));
  if (options->size() == 1) return options->front();
  // Looked up among the numbers from 0, an index from the end becomes one from the beginning, and one outside is an error.
  std::vector<int64_t> numbers(options->size());
  std::iota(numbers.begin(), numbers.end(), 0);
  TRY_ASSIGN(const ir::ValueId table, call.constant({DType::kI64, Shape{count}}, std::as_bytes(std::span(numbers))));
  TRY_ASSIGN(const ir::ValueId one, call.reshape(index, {}));
  TRY_ASSIGN(const ir::ValueId selector, call.emit(std::make_shared<ops::Gather>(), {table, one}));
  for (const Item& option : *options) {
    if (!is_function(option)) return call.choose(selector, *options);
  }
  return make_choice(selector, *options);
}

REGISTER_PRIMITIVE(Partial, lower_partial);
REGISTER_PRIMITIVE(Switch, lower_switch);
REGISTER_PRIMITIVE(switch_layer, lower_switch_layer);
REGISTER_PRIMITIVE(SwitchLayer, lower_switch_layer);

}  // namespace
}  // namespace mindird::mindir

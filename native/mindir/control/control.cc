#include "mindir/control/control.h"

#include <algorithm>

#include "base/strings.h"
#include "mindir/control/loop.h"
#include "mindir/control/merge.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

/// Deepest nesting of calls and conditions; lowering and running them is recursive.
constexpr size_t kMaxDepth = 160;

class Deeper {
 public:
  explicit Deeper(size_t& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  size_t& depth_;
};

Outcome returned(Item item) {
  Outcome out;
  out.exits.push_back({Exit::kReturn, {std::move(item)}});
  return out;
}

}  // namespace

Control::Control(Lowering& lowering, const Program& program)
    : lowering_(lowering), program_(program), calls_(program), everything_(program.functions.size(), true), open_(program.functions.size(), false) {}

Result<Item> Control::run_main() {
  TRY_ASSIGN(Outcome outcome, run_steps(program_, everything_));
  return std::move(outcome.exits.front().arguments.front());
}

const Step* Control::last_call(const Program& program, std::vector<bool>& forwarding) {
  SlotId slot = program.output;
  for (size_t i = program.steps.size(); i-- > 0;) {
    const Step& step = program.steps[i];
    if (step.result != slot) continue;
    forwarding[i] = true;
    if (step.is_call) return &step;
    if (program.primitives[step.primitive].op != "Depend" || step.inputs.empty()) return nullptr;
    slot = step.inputs[0];
  }
  return nullptr;
}

/// Steps in order, but for a call whose result is the program's: it may leave the region.
Result<Outcome> Control::run_steps(const Program& program, const Region& region) {
  std::vector<bool> forwarding(program.steps.size(), false);
  const Step* const last = last_call(program, forwarding);
  for (size_t i = 0; i < program.steps.size(); ++i) {
    if (!last || !forwarding[i]) TRY(lowering_.lower(program.steps[i]));
  }
  if (!last) return returned(lowering_.item(program.output));
  const Item callee = lowering_.item(last->inputs[0]);
  Items arguments;
  for (size_t i = 1; i < last->inputs.size(); ++i) arguments.push_back(lowering_.item(last->inputs[i]));
  const auto self = static_cast<size_t>(&program - program_.functions.data());
  if (&program != &program_) open_[self] = false;  // nothing of it is needed any more
  return call_item(callee, std::move(arguments), region, *last).with(place_of(program, *last));
}

Result<Outcome> Control::run_function(FunctionId function, Items arguments, const Region& region) {
  const Program& program = program_.functions[function];
  const std::string place = str("function \"", program.name, '"');
  if (open_[function]) return unsupported(str(place, " calls itself and goes on afterwards; only recursion in the last call is supported"));
  if (arguments.size() != program.input_slots.size()) {
    return invalid_model(str(place, " is given ", arguments.size(), " arguments, want ", program.input_slots.size()));
  }
  if (depth_ >= kMaxDepth) return unsupported(str(place, ": calls and conditions nest deeper than ", kMaxDepth));
  const Deeper deeper(depth_);
  size_t size = 1;
  for (const Item& argument : arguments) size += argument.size();
  TRY(lowering_.spend_steps(size));
  open_[function] = true;
  auto outcome = lowering_.with_items(program, [&] {
    for (size_t i = 0; i < arguments.size(); ++i) lowering_.set_item(program.input_slots[i], std::move(arguments[i]));
    return run_steps(program, region);
  });
  open_[function] = false;
  return outcome;
}

Result<Item> Control::call(const Step& step) {
  Items arguments;
  for (size_t i = 1; i < step.inputs.size(); ++i) arguments.push_back(lowering_.item(step.inputs[i]));
  TRY_ASSIGN(Outcome outcome, call_item(lowering_.item(step.inputs[0]), std::move(arguments), everything_, step));
  return std::move(outcome.exits.front().arguments.front());
}

Result<Item> Control::choose(ir::ValueId selector, const Items& options, const Step& step) {
  std::vector<Items> ways;
  for (const Item& option : options) ways.push_back({option});
  const auto lower = [](size_t, Items own) -> Result<Outcome> { return returned(std::move(own.front())); };
  TRY_ASSIGN(Outcome outcome, select(selector, 0, ways, lower, step));
  return std::move(outcome.exits.front().arguments.front());
}

Result<Outcome> Control::call_item(const Item& callee, Items arguments, const Region& region, const Step& step) {
  if (const auto* closure = callee.as<Closure>()) {
    Items all;
    if (closure->arguments) all = *closure->arguments;
    all.insert(all.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
    return enter(closure->function, std::move(all), region, step);
  }
  if (const auto* unavailable = callee.as<Unavailable>()) return unsupported(unavailable->reason);
  const auto* choice = callee.as<Choice>();
  if (!choice) return invalid_model(str("calls ", callee.text(), ", want a function"));
  std::vector<Items> ways;
  for (const Item& option : *choice->options) {
    ways.push_back({option});
    ways.back().insert(ways.back().end(), arguments.begin(), arguments.end());
  }
  const auto lower = [&](size_t, Items own) -> Result<Outcome> {
    const Item option = std::move(own.front());
    own.erase(own.begin());
    return call_item(option, std::move(own), region, step);
  };
  return select(choice->selector, 0, ways, lower, step);
}

Result<Outcome> Control::enter(FunctionId function, Items arguments, const Region& region, const Step& step) {
  if (!region[function]) {
    Outcome out;
    out.exits.push_back({function, std::move(arguments)});
    return out;
  }
  TRY(lowering_.spend_steps(1 + calls_.size() / 64));
  auto cycle = calls_.cycle(function, region);
  if (!cycle || open_[function]) return run_function(function, std::move(arguments), region);
  if (depth_ >= kMaxDepth) return unsupported(str("calls and conditions nest deeper than ", kMaxDepth));
  const Deeper deeper(depth_);
  (*cycle)[function] = false;
  TRY_ASSIGN(Outcome outcome, LoopLowering(*this, function, *cycle, step).run(std::move(arguments)));
  return go_on(std::move(outcome), region, step);
}

Result<Outcome> Control::go_on(Outcome outcome, const Region& region, const Step& step) {
  const auto stays = [&](const Exit& exit) { return exit.target != Exit::kReturn && region[exit.target]; };
  if (std::ranges::none_of(outcome.exits, stays)) return outcome;
  if (outcome.exits.size() == 1) return enter(outcome.exits[0].target, std::move(outcome.exits[0].arguments), region, step);
  std::vector<Items> ways;
  for (Exit& exit : outcome.exits) ways.push_back(std::move(exit.arguments));
  const auto lower = [&](size_t i, Items own) -> Result<Outcome> {
    Outcome one;
    one.exits.push_back({outcome.exits[i].target, std::move(own)});
    return go_on(std::move(one), region, step);
  };
  return select(outcome.selector, 0, ways, lower, step);
}

Result<Outcome> Control::branch(ir::ValueId condition, const Lower& then, const Lower& otherwise, const Step& step) {
  if (depth_ >= kMaxDepth) return unsupported(str("calls and conditions nest deeper than ", kMaxDepth));
  const Deeper deeper(depth_);
  const auto inside = [&](const Lower& lower) -> Result<Branch> {
    lowering_.push(std::make_unique<Scope>());
    auto outcome = lower();
    ScopePtr scope = lowering_.pop();
    if (!outcome.ok()) return std::move(outcome).status();
    return Branch{std::move(scope), std::move(*outcome)};
  };
  TRY_ASSIGN(Branch a, inside(then));
  TRY_ASSIGN(Branch b, inside(otherwise));
  return merge(lowering_, condition, std::move(a), std::move(b), step);
}

/// Two ways by a bool; more by a chain of comparisons, each in the graph of the one before.
Result<Outcome> Control::select(ir::ValueId selector, size_t from, const std::vector<Items>& ways, const LowerWay& lower, const Step& step) {
  const auto inside = [&](size_t i) -> Result<Outcome> {
    TRY_ASSIGN(Items own, taken_in(lowering_, ways[i]));
    return lower(from + i, std::move(own));
  };
  if (lowering_.graph().type(selector).dtype == DType::kBool) {
    if (ways.size() != 2) return invalid_model(str("a condition with ", ways.size(), " ways on, want 2"));
    return branch(selector, [&] { return inside(0); }, [&] { return inside(1); }, step);
  }
  if (ways.size() == 1) return lower(from, ways[0]);
  const Primitive none;
  Call call(lowering_, step, none);
  TRY_ASSIGN(const ir::ValueId number, call.scalar(static_cast<double>(from), call.type(selector).dtype));
  TRY_ASSIGN(const ir::ValueId here, call.compare(ops::CompareKind::kEqual, selector, number));
  const auto others = [&]() -> Result<Outcome> {
    TRY_ASSIGN(const Item own, taken_in(lowering_, Item(Computed{selector})));
    std::vector<Items> rest;
    for (size_t i = 1; i < ways.size(); ++i) {
      TRY_ASSIGN(rest.emplace_back(), taken_in(lowering_, ways[i]));
    }
    return select(own.as<Computed>()->value, from + 1, rest, lower, step);
  };
  return branch(here, [&] { return inside(0); }, others, step);
}

Result<Item> taken_in(Lowering& lowering, const Item& item) {
  const auto value = [&](ir::ValueId around) {
    Scope& inside = lowering.scope();
    const ir::Value& outer = lowering.outer_scope().graph.value(around);
    if (outer.constant) return lowering.constant(outer.constant);
    const auto [it, fresh] = inside.inner_of.try_emplace(around, ir::kNone);
    if (fresh) {
      it->second = inside.graph.add_input(outer.name, outer.type);
      inside.outer_of.emplace(it->second, around);
    }
    return it->second;
  };
  if (const auto* computed = item.as<Computed>()) return Item(Computed{value(computed->value), computed->is_scalar});
  TRY(lowering.spend_steps(1));
  if (const auto* closure = item.as<Closure>()) {
    TRY_ASSIGN(Items arguments, closure->arguments ? taken_in(lowering, *closure->arguments) : Items());
    return make_closure(closure->function, std::move(arguments));
  }
  if (const auto* choice = item.as<Choice>()) {
    TRY_ASSIGN(Items options, taken_in(lowering, *choice->options));
    return make_choice(value(choice->selector), std::move(options));
  }
  if (const Items* members = item.tuple()) {
    TRY_ASSIGN(Items inside, taken_in(lowering, *members));
    return make_tuple(std::move(inside));
  }
  return item;
}

Result<Items> taken_in(Lowering& lowering, const Items& items) {
  Items out;
  for (const Item& item : items) {
    TRY_ASSIGN(Item own, taken_in(lowering, item));
    out.push_back(std::move(own));
  }
  return out;
}

std::optional<bool> known_condition(const Lowering& lowering, const Item& item) {
  if (const auto* computed = item.as<Computed>()) {
    const ConstantPtr& constant = lowering.graph().value(computed->value).constant;
    if (!constant) return std::nullopt;
    return known_condition(lowering, Item(constant));
  }
  const auto number = item.tuple() ? std::nullopt : number_of(item);
  return number ? std::optional(*number != 0) : std::nullopt;
}

Result<ir::ValueId> as_condition(Lowering& lowering, const Item& item, const Step& step) {
  const Primitive none;
  Call call(lowering, step, none);
  TRY_ASSIGN(const ir::ValueId value, call.tensor_of(item));
  const TensorType type = call.type(value);
  if (!type.shape.known() || type.shape.elements() != 1) return unsupported(str("the condition is ", type.text(), ", want one element"));
  if (type.dtype == DType::kBool) return value;
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, type.dtype));
  return call.compare(ops::CompareKind::kNotEqual, value, zero);
}

}  // namespace mindird::mindir

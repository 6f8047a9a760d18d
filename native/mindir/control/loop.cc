#include "mindir/control/loop.h"

#include <algorithm>

#include "base/strings.h"
#include "ir/copy.h"
#include "mindir/control/merge.h"
#include "mindir/primitives/primitive.h"
#include "ops/control/loop.h"

namespace mindird::mindir {
namespace {

/// Most rounds that are lowered one by one: of any loop, and of one that counts with Python numbers, which shapes may depend on.
constexpr size_t kUnrolledRounds = 32;
constexpr size_t kUnrolledScalarRounds = 4096;
/// Most nodes that a loop may become in this way.
constexpr size_t kUnrolledNodes = 20000;

bool counts_with_numbers(const Items& items) {
  return std::ranges::any_of(items, [](const Item& item) {
    const Items* members = item.tuple();
    return members ? counts_with_numbers(*members) : item.as<int64_t>() || item.as<double>() || item.as<bool>();
  });
}

/// Members of tuples, closures and choices; null for anything else.
const Items* members_of(const Item& item) {
  if (const auto* closure = item.as<Closure>()) return closure->arguments.get();
  if (const auto* choice = item.as<Choice>()) return choice->options.get();
  return item.tuple();
}

/// Results of the Loop are numbered from here until it exists.
constexpr ir::ValueId kFirstPending = ir::kNone / 2;

}  // namespace

LoopLowering::LoopLowering(Control& control, FunctionId header, const Region& inside, const Step& step)
    : control_(control), lowering_(control.lowering_), header_(header), inside_(inside), step_(step) {}

std::string_view LoopLowering::header_name() const { return control_.program_.functions[header_].name; }

Result<Outcome> LoopLowering::run(Items arguments) {
  TRY_ASSIGN(auto unrolled, unroll(arguments));
  if (unrolled) return std::move(*unrolled);
  // Each attempt finds at least one argument more that changes.
  while (true) {
    lowering_.push(std::make_unique<Scope>());
    auto outcome = body(arguments);
    if (!outcome.ok()) {
      lowering_.pop();
      return std::move(outcome).status();
    }
    const auto again = std::ranges::find(outcome->exits, header_, &Exit::target);
    if (again == outcome->exits.end()) {  // it only looked like a loop
      lowering_.pop();
      return control_.run_function(header_, std::move(arguments), inside_);
    }
    bool more = false;
    next_leaf_ = 0;
    for (const Item& next : again->arguments) {
      auto changed = compare(next);
      if (!changed.ok()) {
        lowering_.pop();
        return std::move(changed).status().with(str("loop \"", header_name(), '"'));
      }
      more = more || *changed;
    }
    const auto at = static_cast<size_t>(again - outcome->exits.begin());
    if (!more) return emit(std::move(*outcome), at);
    lowering_.pop();
  }
}

Result<std::optional<Outcome>> LoopLowering::unroll(Items arguments) {
  using Unrolled = std::optional<Outcome>;
  const size_t most = counts_with_numbers(arguments) ? kUnrolledScalarRounds : kUnrolledRounds;
  const size_t nodes = lowering_.nodes_left();
  for (size_t round = 0; round < most && nodes - lowering_.nodes_left() <= kUnrolledNodes; ++round) {
    TRY_ASSIGN(Outcome outcome, control_.run_function(header_, std::move(arguments), inside_));
    if (outcome.exits.size() != 1) return Unrolled();
    if (outcome.exits[0].target != header_) return Unrolled(std::move(outcome));
    arguments = std::move(outcome.exits[0].arguments);
  }
  return Unrolled();
}

/// One round in a graph of its own.
Result<Outcome> LoopLowering::body(const Items& arguments) {
  const Program& program = control_.program_.functions[header_];
  next_leaf_ = 0;
  Items bound;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = i < program.input_slots.size() ? program.slots[program.input_slots[i]].name : "x";
    TRY_ASSIGN(Item item, bind(arguments[i], name));
    bound.push_back(std::move(item));
  }
  return control_.run_function(header_, std::move(bound), inside_);
}

/// An argument as the round sees it: state where it varies, else what it is in the graph around.
Result<Item> LoopLowering::bind(const Item& item, const std::string& name) {
  if (const Items* members = members_of(item)) {
    Items out;
    for (const Item& member : *members) {
      TRY_ASSIGN(Item own, bind(member, name));
      out.push_back(std::move(own));
    }
    if (const auto* closure = item.as<Closure>()) return make_closure(closure->function, std::move(out));
    if (!item.as<Choice>()) return make_tuple(std::move(out));
    TRY_ASSIGN(const Item own, taken_in(lowering_, item));
    return make_choice(own.as<Choice>()->selector, std::move(out));
  }
  if (next_leaf_ == leaves_.size()) leaves_.push_back({item, name, false, ir::kNone});
  Leaf& leaf = leaves_[next_leaf_++];
  if (!leaf.varies) return taken_in(lowering_, item);
  // The first value is made in the graph around, whose type it has here too.
  ScopePtr inside = lowering_.pop();
  const Primitive none;
  auto first = Call(lowering_, step_, none).tensor_of(item);
  std::optional<TensorType> type;
  if (first.ok()) type = lowering_.graph().type(*first);
  lowering_.push(std::move(inside));
  if (!type) return std::move(first).status().with(str("loop \"", header_name(), "\": \"", name, '"'));
  const auto* computed = item.as<Computed>();
  leaf.state = lowering_.graph().add_input(name, *type);
  return Item(Computed{leaf.state, computed ? computed->is_scalar : !item.as<ConstantPtr>()});
}

Result<bool> LoopLowering::compare(const Item& next) {
  const Items* members = members_of(next);
  if (!members) {
    if (next_leaf_ >= leaves_.size()) return unsupported("a tuple changes its length from round to round");
    const size_t leaf = next_leaf_++;
    return note_change(leaf, next);
  }
  bool more = false;
  for (const Item& member : *members) {
    TRY_ASSIGN(const bool changed, compare(member));
    more = more || changed;
  }
  return more;
}

Result<bool> LoopLowering::note_change(size_t index, const Item& next) {
  Leaf& leaf = leaves_[index];
  if (leaf.varies) return false;
  const auto* computed = next.as<Computed>();
  const auto* before = leaf.initial.as<Computed>();
  Scope& scope = lowering_.scope();
  if (computed && before) {
    const ConstantPtr& constant = scope.graph.value(computed->value).constant;
    const ConstantPtr& first = lowering_.outer_scope().graph.value(before->value).constant;
    if (!constant && scope.outer(computed->value) == before->value) return false;
    if (constant && first && constant->hash() == first->hash() && constant->type() == first->type()) return false;
  } else if (const auto* constant = next.as<ConstantPtr>()) {
    const auto* first = leaf.initial.as<ConstantPtr>();
    if (first && (*first)->hash() == (*constant)->hash() && (*first)->type() == (*constant)->type()) return false;
  } else if (!computed) {
    const auto same = [&]<class T>(const T* a, const T* b) { return a && b && *a == *b; };
    const bool equal = same(next.as<int64_t>(), leaf.initial.as<int64_t>()) || same(next.as<double>(), leaf.initial.as<double>()) ||
                       same(next.as<bool>(), leaf.initial.as<bool>()) || same(next.as<std::string>(), leaf.initial.as<std::string>());
    const bool nothing = (next.is_none() || next.as<Monad>()) && (leaf.initial.is_none() || leaf.initial.as<Monad>());
    if (equal || nothing) return false;
  }
  leaf.varies = true;
  return true;
}

/// What is state for the next round: of the type it has in this one.
Result<ir::ValueId> LoopLowering::next_state(const Leaf& leaf, const Item& item) {
  const Primitive none;
  TRY_ASSIGN(const ir::ValueId value, Call(lowering_, step_, none).tensor_of(item));
  const TensorType& before = lowering_.graph().type(leaf.state);
  const TensorType& after = lowering_.graph().type(value);
  if (before == after) return value;
  return unsupported(
      str("\"", leaf.name, "\" is ", before.text(), " before and ", after.text(), " after a round; a loop that depends on data keeps its types"));
}

namespace {

/// The leaves of arguments, in the order in which they are bound.
void flatten(const Items& items, std::vector<const Item*>& out) {
  for (const Item& item : items) {
    const Items* members = members_of(item);
    if (members) {
      flatten(*members, out);
    } else if (!item.as<Closure>()) {
      out.push_back(&item);
    }
  }
}

}  // namespace

/// A value that leaves the loop: what is the same in every round is one of the graph around.
Result<Item> LoopLowering::result(const Item& item) {
  const auto pending = [&](ir::ValueId value) -> ir::ValueId {
    if (const ir::ValueId around = lowering_.scope().outer(value); around != ir::kNone) return around;
    const auto known = std::ranges::find(results_, value);
    const auto index = static_cast<size_t>(known - results_.begin());
    if (known == results_.end()) results_.push_back(value);
    return static_cast<ir::ValueId>(kFirstPending + index);
  };
  if (const auto* computed = item.as<Computed>()) {
    if (const ConstantPtr& constant = lowering_.graph().value(computed->value).constant) return Item(constant);
    return Item(Computed{pending(computed->value), computed->is_scalar});
  }
  const Items* members = members_of(item);
  if (!members) return item;
  Items out;
  for (const Item& member : *members) {
    TRY_ASSIGN(Item own, result(member));
    out.push_back(std::move(own));
  }
  if (const auto* closure = item.as<Closure>()) return make_closure(closure->function, std::move(out));
  if (const auto* choice = item.as<Choice>()) return make_choice(pending(choice->selector), std::move(out));
  return make_tuple(std::move(out));
}

/// The same with results of the Loop in the places kept for them.
Item LoopLowering::placed(const Item& item, std::span<const ir::ValueId> made) const {
  const auto at = [&](ir::ValueId v) { return v >= kFirstPending && v != ir::kNone ? made[v - kFirstPending] : v; };
  if (const auto* computed = item.as<Computed>()) return Computed{at(computed->value), computed->is_scalar};
  const Items* members = members_of(item);
  if (!members) return item;
  Items out;
  for (const Item& member : *members) out.push_back(placed(member, made));
  if (const auto* closure = item.as<Closure>()) return make_closure(closure->function, std::move(out));
  if (const auto* choice = item.as<Choice>()) return make_choice(at(choice->selector), std::move(out));
  return make_tuple(std::move(out));
}

/// By which of the exits other than `again` a round leaves, as Outcome has it.
Result<ir::ValueId> LoopLowering::selector(const Outcome& outcome, size_t again) {
  std::vector<size_t> others;
  for (size_t k = 0; k < outcome.exits.size(); ++k) {
    if (k != again) others.push_back(k);
  }
  if (others.size() == 2) return leaves_by(lowering_, outcome, others[0], step_);
  const Primitive none;
  Call call(lowering_, step_, none);
  TRY_ASSIGN(ir::ValueId value, call.tensor_of(Item(static_cast<int64_t>(others.size() - 1))));
  for (size_t i = others.size() - 1; i-- > 0;) {
    TRY_ASSIGN(const ir::ValueId here, leaves_by(lowering_, outcome, others[i], step_));
    TRY_ASSIGN(const ir::ValueId number, call.tensor_of(Item(static_cast<int64_t>(i))));
    TRY_ASSIGN(value, call.select(here, number, value));
  }
  return value;
}

/// What a round hands on: whether it goes on, and the next state.
Result<std::vector<ir::ValueId>> LoopLowering::next_round(const Outcome& outcome, size_t again) {
  if (outcome.exits.size() == 1) return unsupported("it has no end");
  TRY_ASSIGN(const ir::ValueId flag, leaves_by(lowering_, outcome, again, step_));
  std::vector<ir::ValueId> outputs = {flag};
  std::vector<const Item*> next;
  flatten(outcome.exits[again].arguments, next);
  if (next.size() != leaves_.size()) return unsupported("a tuple changes its length from round to round");
  for (size_t i = 0; i < leaves_.size(); ++i) {
    if (!leaves_[i].varies) continue;
    TRY_ASSIGN(outputs.emplace_back(), next_state(leaves_[i], *next[i]));
  }
  return outputs;
}

/// Ends the round's graph and adds the Loop to the one around.
Result<Outcome> LoopLowering::emit(Outcome outcome, size_t again) {
  auto outputs = next_round(outcome, again);
  Outcome out;
  for (size_t k = 0; outputs.ok() && k < outcome.exits.size(); ++k) {
    if (k == again) continue;
    Exit exit{outcome.exits[k].target, {}};
    for (const Item& argument : outcome.exits[k].arguments) {
      TRY_ASSIGN(Item item, result(argument));
      exit.arguments.push_back(std::move(item));
    }
    out.exits.push_back(std::move(exit));
  }
  size_t selected = 0;
  if (outputs.ok() && out.exits.size() > 1) {
    TRY_ASSIGN(const ir::ValueId which, selector(outcome, again));
    selected = results_.size();
    results_.push_back(which);
  }
  const ScopePtr scope = lowering_.pop();
  if (!outputs.ok()) return std::move(outputs).status().with(str("loop \"", header_name(), '"'));
  outputs->insert(outputs->end(), results_.begin(), results_.end());
  TRY_ASSIGN(const std::vector<ir::ValueId> made, add_loop(*scope, *outputs));
  for (Exit& exit : out.exits) {
    for (Item& argument : exit.arguments) argument = placed(argument, made);
  }
  if (out.exits.size() > 1) out.selector = made[selected];
  return out;
}

Result<std::vector<ir::ValueId>> LoopLowering::add_loop(Scope& scope, const std::vector<ir::ValueId>& outputs) {
  const Primitive none;
  Call call(lowering_, step_, none);
  std::vector<ir::ValueId> inputs;
  std::vector<ir::CopiedInput> borders;
  for (const Leaf& leaf : leaves_) {
    if (!leaf.varies) continue;
    TRY_ASSIGN(inputs.emplace_back(), call.tensor_of(leaf.initial));
    borders.push_back({leaf.state, scope.graph.value(leaf.state).name, scope.graph.type(leaf.state)});
  }
  auto op = std::make_shared<ops::Loop>();
  op->state = static_cast<int64_t>(inputs.size());
  scope.graph.set_outputs(outputs);
  scope.graph.erase_dead();
  for (const ir::ValueId inner : scope.graph.inputs()) {
    const ir::ValueId around = scope.outer(inner);
    const bool needed = !scope.graph.value(inner).uses.empty() || scope.graph.is_output(inner);
    if (around == ir::kNone || !needed) continue;
    inputs.push_back(around);
    borders.push_back({inner, scope.graph.value(inner).name, scope.graph.type(inner)});
  }
  scope.graph.name = "round";
  TRY(op->set_bodies({std::make_shared<const ir::Graph>(ir::copy_with_borders(scope.graph, borders, outputs))}));
  return lowering_.emit_control(std::move(op), std::move(inputs), step_);
}

}  // namespace mindird::mindir

#include "mindir/control/merge.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "ir/copy.h"
#include "mindir/primitives/primitive.h"
#include "ops/control/bodies.h"
#include "ops/control/if.h"
#include "ops/movement/expand.h"

namespace mindird::mindir {
namespace {

bool same_constant(const Item& a, const Item& b) {
  const auto equal = [&]<class T>(const T* x, const T* y) { return x && y && *x == *y; };
  if (a.is_none() || b.is_none()) return a.is_none() && b.is_none();
  if (a.as<Monad>() || b.as<Monad>()) return a.as<Monad>() && b.as<Monad>();
  if (const auto* x = a.as<ConstantPtr>()) {
    const auto* y = b.as<ConstantPtr>();
    return y && (*x)->type() == (*y)->type() && (*x)->hash() == (*y)->hash();
  }
  return equal(a.as<int64_t>(), b.as<int64_t>()) || equal(a.as<double>(), b.as<double>()) || equal(a.as<bool>(), b.as<bool>()) ||
         equal(a.as<std::string>(), b.as<std::string>());
}

bool is_scalar(const Item& item) {
  const auto* computed = item.as<Computed>();
  return computed ? computed->is_scalar : item.as<int64_t>() || item.as<double>() || item.as<bool>();
}

class Merge {
 public:
  Merge(Lowering& lowering, ir::ValueId condition, Branch then, Branch otherwise, const Step& step)
      : lowering_(lowering), condition_(condition), branches_{std::move(then), std::move(otherwise)}, step_(step) {}

  Result<Outcome> run() {
    Outcome out;
    for (const Branch& branch : branches_) {
      for (const Exit& exit : branch.outcome.exits) {
        if (!find(out, exit.target)) out.exits.push_back({exit.target, {}});
      }
    }
    for (Exit& exit : out.exits) {
      TRY_ASSIGN(exit.arguments, join_arguments(exit.target));
    }
    TRY_ASSIGN(Item selector, join_selectors(out));
    if (pairs_.empty()) {
      if (const auto* computed = selector.as<Computed>()) out.selector = computed->value;
      return out;
    }
    TRY_ASSIGN(const std::vector<ir::ValueId> made, add_if());
    for (Exit& exit : out.exits) {
      for (Item& argument : exit.arguments) argument = placed(argument, made);
    }
    selector = placed(selector, made);
    if (const auto* computed = selector.as<Computed>()) out.selector = computed->value;
    return out;
  }

 private:
  /// Results of the If are numbered from here until it exists.
  static constexpr ir::ValueId kFirstPending = ir::kNone / 2;
  struct Pair {
    std::array<ir::ValueId, 2> values;  // kNone: this branch has none
    TensorType type;
  };

  static const Exit* find(const Outcome& outcome, uint32_t target) {
    const auto found = std::ranges::find(outcome.exits, target, &Exit::target);
    return found == outcome.exits.end() ? nullptr : &*found;
  }

  /// Does something in the graph of a branch.
  template <class F>
  auto inside(size_t branch, F f) {
    lowering_.push(std::move(branches_[branch].scope));
    auto result = f();
    branches_[branch].scope = lowering_.pop();
    return result;
  }

  Result<Items> join_arguments(uint32_t target) {
    const Exit* a = find(branches_[0].outcome, target);
    const Exit* b = find(branches_[1].outcome, target);
    const size_t count = a ? a->arguments.size() : b->arguments.size();
    if (a && b && a->arguments.size() != b->arguments.size()) return unsupported("a function is called with different numbers of arguments");
    Items out;
    for (size_t i = 0; i < count; ++i) {
      TRY_ASSIGN(Item item, join(a ? &a->arguments[i] : nullptr, b ? &b->arguments[i] : nullptr));
      out.push_back(std::move(item));
    }
    return out;
  }

  /// What was folded is a constant.
  Item plain(size_t branch, const Item& item) const {
    const auto* computed = item.as<Computed>();
    const ConstantPtr constant = computed ? branches_[branch].scope->graph.value(computed->value).constant : nullptr;
    return constant ? Item(constant) : item;
  }

  /// Null: the branch does not come here, and any value will do.
  Result<Item> join(const Item* a, const Item* b) {
    const Item x = a ? plain(0, *a) : Item();
    const Item y = b ? plain(1, *b) : Item();
    return join_plain(a ? &x : nullptr, b ? &y : nullptr);
  }

  Result<Item> join_plain(const Item* a, const Item* b) {
    const Item& some = a ? *a : *b;
    if (a && b) {
      if (same_constant(*a, *b)) return *a;
      const bool nothing = (a->is_none() || a->as<Monad>()) && (b->is_none() || b->as<Monad>());
      if (nothing) return Item(Monad{});
      if (a->as<Unavailable>()) return *a;
      if (b->as<Unavailable>()) return *b;
    }
    const auto* closure = some.as<Closure>();
    const auto* choice = some.as<Choice>();
    if (some.tuple() || closure || choice) return join_members(a, b);
    const bool known = !some.as<Computed>();
    if (known && !(a && b)) return some;
    return join_tensors(a, b);
  }

  static const Items* members(const Item* item) {
    static const Items none;
    if (!item) return nullptr;
    if (const auto* closure = item->as<Closure>()) return closure->arguments ? closure->arguments.get() : &none;
    if (const auto* choice = item->as<Choice>()) return choice->options.get();
    return item->tuple();
  }

  Result<Item> join_members(const Item* a, const Item* b) {
    const Item& some = a ? *a : *b;
    const Items* x = members(a);
    const Items* y = members(b);
    if (a && b) {
      const auto* f = a->as<Closure>();
      const auto* g = b->as<Closure>();
      const bool alike = x && y && x->size() == y->size() && !a->as<Choice>() && !b->as<Choice>() && !f == !g && (!f || f->function == g->function);
      if (!alike) return Item(Unavailable{str("a condition known at run time gives ", a->text(), " or ", b->text(), ", which are not of one kind")});
    }
    const Items& all = x ? *x : *y;
    Items out;
    for (size_t i = 0; i < all.size(); ++i) {
      TRY_ASSIGN(Item item, join(x ? &(*x)[i] : nullptr, y ? &(*y)[i] : nullptr));
      out.push_back(std::move(item));
    }
    if (const auto* closure = some.as<Closure>()) return make_closure(closure->function, std::move(out));
    if (const auto* choice = some.as<Choice>()) {
      const Item selector(Computed{choice->selector});
      TRY_ASSIGN(const Item joined, join(a ? &selector : nullptr, b ? &selector : nullptr));
      return make_choice(joined.as<Computed>()->value, std::move(out));
    }
    return make_tuple(std::move(out));
  }

  Result<ir::ValueId> tensor(size_t branch, const Item* item) {
    if (!item) return ir::kNone;
    return inside(branch, [&] { return Call(lowering_, step_, no_primitive_).tensor_of(*item); });
  }

  Result<Item> join_tensors(const Item* a, const Item* b) {
    const std::array<const Item*, 2> items = {a, b};
    Pair pair{};
    std::array<ir::ValueId, 2> around = {ir::kNone, ir::kNone};
    std::optional<TensorType> type;
    bool scalar = true;
    for (size_t i = 0; i < 2; ++i) {
      TRY_ASSIGN(pair.values[i], tensor(i, items[i]).with("a value that leaves a condition"));
      if (!items[i]) continue;
      around[i] = branches_[i].scope->outer(pair.values[i]);
      scalar = scalar && is_scalar(*items[i]);
      const TensorType& own = branches_[i].scope->graph.type(pair.values[i]);
      if (!type) type = own;
      TRY_ASSIGN(type, ops::common_type(*type, own, "a value that leaves a condition"));
    }
    // What both take from around them, or the only one that comes here, needs no way through the If.
    const ir::ValueId same = a ? around[0] : around[1];
    if (same != ir::kNone && (!a || !b || around[0] == around[1])) return Item(Computed{same, scalar});
    pair.type = *type;
    const auto known = std::ranges::find_if(pairs_, [&](const Pair& p) { return p.values == pair.values; });
    const auto index = static_cast<size_t>(known - pairs_.begin());
    if (known == pairs_.end()) pairs_.push_back(std::move(pair));
    return Item(Computed{static_cast<ir::ValueId>(kFirstPending + index), scalar});
  }

  /// The number of the exit in `out` that a branch leaves by, computed there: a bool, true for the first, when there are two.
  Result<Item> selector_of(size_t branch, const Outcome& out) {
    const Outcome& own = branches_[branch].outcome;
    const auto number = [&](size_t k) {
      const auto at = std::ranges::find(out.exits, own.exits[k].target, &Exit::target) - out.exits.begin();
      return out.exits.size() == 2 ? Item(at == 0) : Item(static_cast<int64_t>(at));
    };
    if (own.exits.size() == 1) return number(0);
    return inside(branch, [&]() -> Result<Item> {
      Call call(lowering_, step_, no_primitive_);
      TRY_ASSIGN(ir::ValueId value, call.tensor_of(number(own.exits.size() - 1)));
      for (size_t k = own.exits.size() - 1; k-- > 0;) {
        TRY_ASSIGN(const ir::ValueId here, leaves_by(lowering_, own, k, step_));
        TRY_ASSIGN(const ir::ValueId it, call.tensor_of(number(k)));
        TRY_ASSIGN(value, call.select(here, it, value));
      }
      return Item(Computed{value});
    });
  }

  Result<Item> join_selectors(const Outcome& out) {
    if (out.exits.size() == 1) return Item();
    TRY_ASSIGN(const Item a, selector_of(0, out));
    TRY_ASSIGN(const Item b, selector_of(1, out));
    const bool plain = out.exits.size() == 2 && a.as<bool>() && b.as<bool>() && *a.as<bool>() && !*b.as<bool>();
    if (plain) return Item(Computed{condition_});
    TRY_ASSIGN(Item joined, join(&a, &b));
    if (joined.as<Computed>()) return joined;
    TRY_ASSIGN(const ir::ValueId known, Call(lowering_, step_, no_primitive_).tensor_of(joined));
    return Item(Computed{known});
  }

  /// Something of the type for a branch that does not come where the value is used: a value it has anyway, or zeros.
  Result<ir::ValueId> placeholder(size_t branch, TensorType type) {
    for (size_t d = 0; d < type.shape.rank(); ++d) type.shape[d] = std::max<int64_t>(type.shape[d], 0);
    const ir::Graph& graph = branches_[branch].scope->graph;
    for (const ir::ValueId v : graph.inputs()) {
      if (graph.type(v) == type) return v;
    }
    return inside(branch, [&]() -> Result<ir::ValueId> {
      Call call(lowering_, step_, no_primitive_);
      TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, type.dtype));
      auto op = std::make_shared<ops::Expand>();
      op->shape = type.shape.vector();
      return call.emit(std::move(op), {zero});
    });
  }

  Result<std::vector<ir::ValueId>> add_if() {
    for (Pair& pair : pairs_) {
      for (size_t i = 0; i < 2; ++i) {
        if (pair.values[i] != ir::kNone) continue;
        TRY_ASSIGN(pair.values[i], placeholder(i, pair.type));
      }
    }
    std::array<std::vector<ir::ValueId>, 2> outputs;
    for (const Pair& pair : pairs_) {
      for (size_t i = 0; i < 2; ++i) outputs[i].push_back(pair.values[i]);
    }
    const std::vector<ir::ValueId> captured = captures(outputs);
    std::vector<ir::GraphPtr> bodies;
    for (size_t i = 0; i < 2; ++i) {
      Scope& scope = *branches_[i].scope;
      std::vector<ir::CopiedInput> inputs;
      for (const ir::ValueId around : captured) {
        const auto inner = scope.inner_of.find(around);
        const ir::Value& value = lowering_.graph().value(around);
        inputs.push_back({inner == scope.inner_of.end() ? ir::kNone : inner->second, value.name, value.type});
      }
      scope.graph.name = i == 0 ? "then" : "else";
      bodies.push_back(std::make_shared<const ir::Graph>(ir::copy_with_borders(scope.graph, inputs, outputs[i])));
    }
    auto op = std::make_shared<ops::If>();
    TRY(op->set_bodies(std::move(bodies)));
    std::vector<ir::ValueId> inputs = {condition_};
    inputs.insert(inputs.end(), captured.begin(), captured.end());
    return lowering_.emit_control(std::move(op), std::move(inputs), step_);
  }

  /// Values of the graph around that one of the branches needs, in a fixed order.
  std::vector<ir::ValueId> captures(const std::array<std::vector<ir::ValueId>, 2>& outputs) {
    std::vector<ir::ValueId> out;
    for (size_t i = 0; i < 2; ++i) {
      Scope& scope = *branches_[i].scope;
      scope.graph.set_outputs(outputs[i]);
      scope.graph.erase_dead();
      for (const auto& [around, inner] : scope.inner_of) {
        if (!scope.graph.value(inner).uses.empty() || scope.graph.is_output(inner)) out.push_back(around);
      }
    }
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    return out;
  }

  /// Puts the results of the If in the places that were kept for them.
  static Item placed(const Item& item, std::span<const ir::ValueId> made) {
    const auto at = [&](ir::ValueId v) { return v >= kFirstPending && v != ir::kNone ? made[v - kFirstPending] : v; };
    if (const auto* computed = item.as<Computed>()) return Computed{at(computed->value), computed->is_scalar};
    const Items* inside = members(&item);
    if (!inside) return item;
    Items out;
    for (const Item& member : *inside) out.push_back(placed(member, made));
    if (const auto* closure = item.as<Closure>()) return make_closure(closure->function, std::move(out));
    if (const auto* choice = item.as<Choice>()) return make_choice(at(choice->selector), std::move(out));
    return make_tuple(std::move(out));
  }

  Lowering& lowering_;
  ir::ValueId condition_;
  std::array<Branch, 2> branches_;
  const Step& step_;
  const Primitive no_primitive_;
  std::vector<Pair> pairs_;
};

}  // namespace

Result<Outcome> merge(Lowering& lowering, ir::ValueId condition, Branch then, Branch otherwise, const Step& step) {
  return Merge(lowering, condition, std::move(then), std::move(otherwise), step).run();
}

Result<ir::ValueId> leaves_by(Lowering& lowering, const Outcome& outcome, size_t k, const Step& step) {
  const Primitive none;
  Call call(lowering, step, none);
  if (outcome.exits.size() == 2) {
    if (k == 0) return outcome.selector;
    return call.unary(ops::UnaryKind::kLogicalNot, outcome.selector);
  }
  TRY_ASSIGN(const ir::ValueId number, call.tensor_of(Item(static_cast<int64_t>(k))));
  return call.compare(ops::CompareKind::kEqual, outcome.selector, number);
}

}  // namespace mindird::mindir

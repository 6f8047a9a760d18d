// Control flow while lowering. A function that is called is lowered in the place of the call. Where a condition is known the branch is too; where it is not,
// both branches become graphs inside of an If. MindSpore writes loops as functions that call themselves last:
//
//   header(n, i, x):  Switch(i < n, body(n, i, x), after(x))()        Loop { again = i < n;  If(again) { body } }, and then after(x)
//   body(n, i, x):    header(n, i + 1, x * 2)
//
// break, continue, return and loops in loops are further functions that end in calls of each other. So a run of a function has an Outcome: the exits by which
// it may leave the functions that are lowered here, one of which is the header again; arguments that never change are not carried around.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mindir/control/call_graph.h"
#include "mindir/control/scope.h"
#include "mindir/lowering.h"

namespace mindird::mindir {

class Control {
 public:
  Control(Lowering& lowering, const Program& program);

  /// The steps of the main program and its output.
  Result<Item> run_main();
  /// What a call in the middle of a function results in.
  Result<Item> call(const Step& step);
  /// One of several items that are no functions, by a selector known at run time (see Choice).
  Result<Item> choose(ir::ValueId selector, const Items& options, const Step& step);

 private:
  friend class LoopLowering;
  using Lower = std::function<Result<Outcome>()>;
  using LowerWay = std::function<Result<Outcome>(size_t number, Items items)>;

  Result<Outcome> run_function(FunctionId function, Items arguments, const Region& region);
  Result<Outcome> run_steps(const Program& program, const Region& region);
  /// The step whose call is the program's output, or null; marks the steps that only forward it.
  static const Step* last_call(const Program& program, std::vector<bool>& forwarding);
  Result<Outcome> call_item(const Item& callee, Items arguments, const Region& region, const Step& step);
  /// Enters a function: leaves the region, runs a loop, or runs the function once.
  Result<Outcome> enter(FunctionId function, Items arguments, const Region& region, const Step& step);
  /// Goes on with exits that lead into the region.
  Result<Outcome> go_on(Outcome outcome, const Region& region, const Step& step);
  /// An If of which each branch is what a function lowers into a graph of its own.
  Result<Outcome> branch(ir::ValueId condition, const Lower& then, const Lower& otherwise, const Step& step);
  /// One of the ways by the selector of a Choice; `ways` are what each is lowered with, the first of them number `from`.
  Result<Outcome> select(ir::ValueId selector, size_t from, const std::vector<Items>& ways, const LowerWay& lower, const Step& step);

  Lowering& lowering_;
  const Program& program_;
  CallGraph calls_;
  Region everything_;
  std::vector<bool> open_;  // functions in the middle of which a call is being lowered
  size_t depth_ = 0;
};

/// An item of the graph around as one of the graph inside, which is under construction.
Result<Item> taken_in(Lowering& lowering, const Item& item);
Result<Items> taken_in(Lowering& lowering, const Items& items);

/// The value of a condition, where it is known: any number or constant of one element.
std::optional<bool> known_condition(const Lowering& lowering, const Item& item);
/// A condition as one bool: numbers are true where they are not zero.
Result<ir::ValueId> as_condition(Lowering& lowering, const Item& item, const Step& step);

}  // namespace mindird::mindir

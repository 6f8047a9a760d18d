// Lowers a loop: a function that comes back to itself by last calls.
#pragma once

#include "mindir/control/control.h"

namespace mindird::mindir {

class LoopLowering {
 public:
  /// `inside`: the functions on a way from the header back to itself, the header not among them.
  LoopLowering(Control& control, FunctionId header, const Region& inside, const Step& step);

  /// Round by round where the conditions are known and the rounds few, else as a Loop. Exits lead out of the loop.
  Result<Outcome> run(Items arguments);

 private:
  struct Leaf {
    Item initial;  // in the graph around
    std::string name;
    bool varies = false;
    ir::ValueId state = ir::kNone;  // the input of the body, where it varies
  };

  /// Nothing: a condition is not known, or there are too many rounds.
  Result<std::optional<Outcome>> unroll(Items arguments);
  Result<Outcome> body(const Items& arguments);
  Result<Item> bind(const Item& item, const std::string& name);
  /// Marks what a round changes; true when that is more than before.
  Result<bool> compare(const Item& next);
  Result<bool> note_change(size_t leaf, const Item& next);
  Result<Outcome> emit(Outcome outcome, size_t again);
  Result<Item> result(const Item& item);
  Result<ir::ValueId> next_state(const Leaf& leaf, const Item& item);
  Result<ir::ValueId> selector(const Outcome& outcome, size_t again);
  Result<std::vector<ir::ValueId>> next_round(const Outcome& outcome, size_t again);
  Result<std::vector<ir::ValueId>> add_loop(Scope& scope, const std::vector<ir::ValueId>& outputs);
  Item placed(const Item& item, std::span<const ir::ValueId> made) const;
  std::string_view header_name() const;

  Control& control_;
  Lowering& lowering_;
  FunctionId header_;
  const Region& inside_;
  const Step& step_;
  std::vector<Leaf> leaves_;
  size_t next_leaf_ = 0;
  std::vector<ir::ValueId> results_;  // values of the round's graph that leave the loop
};

}  // namespace mindird::mindir

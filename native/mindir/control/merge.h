// Joins two branches: the outcome of an If whose graphs were lowered into two scopes.
#pragma once

#include "mindir/control/scope.h"
#include "mindir/lowering.h"

namespace mindird::mindir {

struct Branch {
  ScopePtr scope;
  Outcome outcome;
};

/// Adds the If to the graph under construction, unless all that comes out of the branches is known or comes from around them.
Result<Outcome> merge(Lowering& lowering, ir::ValueId condition, Branch then, Branch otherwise, const Step& step);

/// Whether the outcome, of the graph under construction, leaves by exit k, as one bool.
Result<ir::ValueId> leaves_by(Lowering& lowering, const Outcome& outcome, size_t k, const Step& step);

}  // namespace mindird::mindir

// A graph under construction: the model's, or one inside of an operator of control flow, which takes in what it needs of the graph around it.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "ir/graph.h"
#include "mindir/item.h"

namespace mindird::mindir {

struct Scope {
  ir::Graph graph;
  std::unordered_map<Hash128, ir::ValueId, Hash128Hasher> constants;
  std::unordered_map<ir::ValueId, ir::ValueId> inner_of;  // values of the graph around, and the inputs they are here
  std::unordered_map<ir::ValueId, ir::ValueId> outer_of;  // the other way

  /// The value around that a value here is, or kNone when it is made here.
  ir::ValueId outer(ir::ValueId inner) const {
    const auto found = outer_of.find(inner);
    return found == outer_of.end() ? ir::kNone : found->second;
  }
};

using ScopePtr = std::unique_ptr<Scope>;

/// How a run of a function ends: it returns, or goes on in a function that is not its own to run.
struct Exit {
  static constexpr uint32_t kReturn = UINT32_MAX;
  uint32_t target = kReturn;
  Items arguments;  // of the target; the one result when it returns
};

/**
 * All ways in which a run may end, each target once. Which one it is: `selector` is not used with one exit; with two it is one bool, true for the
 * first; with more it is the number of the exit, an i64.
 */
struct Outcome {
  std::vector<Exit> exits;
  ir::ValueId selector = ir::kNone;
};

}  // namespace mindird::mindir

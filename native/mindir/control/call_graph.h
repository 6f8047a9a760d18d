// Which functions of a program name each other, and so which can come back to themselves: those are its loops.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mindir/program.h"

namespace mindird::mindir {

using FunctionId = uint32_t;

/// A set of functions.
using Region = std::vector<bool>;

class CallGraph {
 public:
  explicit CallGraph(const Program& program);

  size_t size() const { return named_.size(); }
  /// Functions of the region on a way from `function` back to itself inside of it, `function` among them; nothing when there is no such way.
  std::optional<Region> cycle(FunctionId function, const Region& region) const;

 private:
  Region reachable(FunctionId from, const Region& region, const std::vector<std::vector<FunctionId>>& edges) const;

  std::vector<std::vector<FunctionId>> named_;  // functions that a function names, called or not
  std::vector<std::vector<FunctionId>> namers_;
};

}  // namespace mindird::mindir

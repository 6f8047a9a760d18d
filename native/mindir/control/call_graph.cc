#include "mindir/control/call_graph.h"

#include <algorithm>

namespace mindird::mindir {

CallGraph::CallGraph(const Program& program) : named_(program.functions.size()), namers_(program.functions.size()) {
  for (FunctionId f = 0; f < program.functions.size(); ++f) {
    for (const Slot& slot : program.functions[f].slots) {
      if (const auto* closure = slot.initial.as<Closure>()) named_[f].push_back(closure->function);
    }
    std::ranges::sort(named_[f]);
    const auto repeated = std::ranges::unique(named_[f]);
    named_[f].erase(repeated.begin(), repeated.end());
    for (const FunctionId named : named_[f]) namers_[named].push_back(f);
  }
}

Region CallGraph::reachable(FunctionId from, const Region& region, const std::vector<std::vector<FunctionId>>& edges) const {
  Region out(size(), false);
  std::vector<FunctionId> todo = {from};
  while (!todo.empty()) {
    const FunctionId at = todo.back();
    todo.pop_back();
    for (const FunctionId next : edges[at]) {
      if (!region[next] || out[next]) continue;
      out[next] = true;
      todo.push_back(next);
    }
  }
  return out;
}

std::optional<Region> CallGraph::cycle(FunctionId function, const Region& region) const {
  Region out = reachable(function, region, named_);
  if (!out[function]) return std::nullopt;
  const Region back = reachable(function, region, namers_);
  for (FunctionId f = 0; f < size(); ++f) out[f] = out[f] && back[f];
  return out;
}

}  // namespace mindird::mindir

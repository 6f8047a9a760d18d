// The chain of UpdateState answers nearly every question in constant time: `first` runs before `second` when the first link that waits for `first` is no later
// than the last link that `second` waits for. What it does not answer is searched, backwards from `second` and no further than `first`'s position, under a
// budget.
#include "mindir/memory/order.h"

#include <algorithm>

namespace mindird::mindir {
namespace {

/// Edges all searches of a program may look at, besides a share for each step: a tenth of a second.
constexpr size_t kSearchedEdges = size_t{1} << 25U;
constexpr size_t kSearchedPerStep = 64;

}  // namespace

Order::Order(const Program& program)
    : program_(program),
      producers_(program.slots.size(), kNoStep),
      seen_(program.steps.size(), 0),
      budget_(kSearchedEdges + kSearchedPerStep * program.steps.size()) {
  for (uint32_t i = 0; i < program.steps.size(); ++i) producers_[program.steps[i].result] = i;
  find_chain();
  rank_steps();
}

void Order::find_chain() {
  const size_t count = program_.steps.size();
  link_.assign(count, 0);
  std::vector<uint32_t> depth(count, 0);
  uint32_t last = kNoStep;
  const auto previous = [&](uint32_t step) {
    const auto& inputs = program_.steps[step].inputs;
    return inputs.empty() ? kNoStep : producers_[inputs[0]];
  };
  for (uint32_t i = 0; i < count; ++i) {
    if (program_.primitives[program_.steps[i].primitive].op != "UpdateState") continue;
    const uint32_t before = previous(i);
    depth[i] = before == kNoStep ? 1 : depth[before] + 1;
    if (last == kNoStep || depth[i] > depth[last]) last = i;
  }
  for (uint32_t i = last; i != kNoStep && depth[i] > 0; i = previous(i)) link_[i] = depth[i];
}

void Order::rank_steps() {
  const size_t count = program_.steps.size();
  after_.assign(count, 0);
  until_.assign(count, UINT32_MAX);
  for (uint32_t i = 0; i < count; ++i) {
    for (const SlotId input : program_.steps[i].inputs) {
      if (const uint32_t from = producers_[input]; from != kNoStep) after_[i] = std::max(after_[i], after_[from]);
    }
    after_[i] = std::max(after_[i], link_[i]);
  }
  for (uint32_t i = static_cast<uint32_t>(count); i-- > 0;) {
    if (link_[i] > 0) until_[i] = link_[i];
    for (const SlotId input : program_.steps[i].inputs) {
      if (const uint32_t from = producers_[input]; from != kNoStep) until_[from] = std::min(until_[from], until_[i]);
    }
  }
}

Result<bool> Order::before(uint32_t first, uint32_t second) {
  if (first >= second) return first == second;
  if (until_[first] <= after_[second]) return true;
  return search(first, second);
}

Result<bool> Order::search(uint32_t first, uint32_t second) {
  ++search_;
  todo_.assign(1, second);
  while (!todo_.empty()) {
    const uint32_t step = todo_.back();
    todo_.pop_back();
    const auto& inputs = program_.steps[step].inputs;
    if (budget_ < inputs.size() + 1) return unsupported("the order of the model's memory accesses is too involved");
    budget_ -= inputs.size() + 1;
    for (const SlotId input : inputs) {
      const uint32_t from = producers_[input];
      if (from == first) return true;
      if (from == kNoStep || from < first || seen_[from] == search_) continue;
      seen_[from] = search_;
      todo_.push_back(from);
    }
  }
  return false;
}

}  // namespace mindird::mindir

#include "mindir/memory/names.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mindir/memory/effects.h"

namespace mindird::mindir {
namespace {

/// Deepest nesting of tuples and views whose memory is written.
constexpr uint32_t kMaxDepth = 64;

constexpr std::array<size_t, 1> kFirst = {0};
constexpr std::array<size_t, 2> kAverages = {3, 4};

}  // namespace

std::span<const size_t> Names::targets(uint32_t step) const {
  const Step& s = program_.steps[step];
  const Effect effect = effect_of(program_, s);
  if (!writes(effect)) return {};
  const std::span<const size_t> all = effect == Effect::kStatistics ? std::span<const size_t>(kAverages) : std::span<const size_t>(kFirst);
  return all.back() < s.inputs.size() ? all : std::span<const size_t>();
}

Names::Name Names::fresh(SlotId slot, uint32_t parent) {
  memories_.push_back({slot, parent});
  return {true, static_cast<MemoryId>(memories_.size() - 1)};
}

/// A member of a tuple the program makes is that member; one of a tuple that a step computes is a memory within that tuple.
Names::Name Names::member(uint32_t position) {
  const Step& step = program_.steps[position];
  const Name some_member{false, position};
  const auto index = step.inputs.size() < 2 ? std::nullopt : integers_of(program_.slots[step.inputs[1]].initial);
  if (!index || index->size() != 1 || index->front() < 0) return some_member;
  const auto at = static_cast<uint64_t>(index->front());
  const Name tuple = names_[step.inputs[0]];
  if (tuple.is_memory) {
    const auto [known, is_new] = members_.try_emplace({tuple.index, index->front()}, 0);
    if (is_new) known->second = fresh(step.result, tuple.index).index;
    return {true, known->second};
  }
  const Step& maker = program_.steps[tuple.index];
  if (effect_of(program_.primitives[maker.primitive].op) != Effect::kTuple || at >= maker.inputs.size()) return some_member;
  return names_[maker.inputs[at]];
}

Names::Name Names::name_of(uint32_t position) {
  const Step& step = program_.steps[position];
  const Effect effect = effect_of(program_, step);
  if (step.inputs.empty()) return fresh(step.result);
  switch (effect) {
    case Effect::kTuple:
    case Effect::kView: return {false, position};
    case Effect::kSame:
    case Effect::kUpdate:
    case Effect::kOverwrite: return names_[step.inputs[0]];
    case Effect::kContiguous: return names_[step.inputs[0]].is_memory ? names_[step.inputs[0]] : Name{false, position};
    case Effect::kMember: return member(position);
    default: {
      const Name name = fresh(step.result);
      memories_[name.index].loaded = effect == Effect::kLoad;
      return name;
    }
  }
}

Names::Names(const Program& program) : program_(program), names_(program.slots.size()), touched_(program.slots.size(), 0), depth_(program.slots.size(), 0) {
  std::vector<uint8_t> computed(program.slots.size(), 0);
  for (const Step& step : program.steps) computed[step.result] = 1;
  for (SlotId slot = 0; slot < program.slots.size(); ++slot) {
    if (computed[slot] != 0) continue;
    names_[slot] = fresh(slot);
    memories_.back().stored = true;
  }
  for (const SlotId input : program.input_slots) memories_[names_[input].index].stored = false;
  for (uint32_t i = 0; i < program.steps.size(); ++i) names_[program.steps[i].result] = name_of(i);
  for (uint32_t i = 0; i < program.steps.size(); ++i) mark_written(i);
  mark_touched();
}

void Names::mark_written(uint32_t position) {
  for (const size_t target : targets(position)) {
    const Name& name = names_[program_.steps[position].inputs[target]];
    if (!name.is_memory) continue;
    Memory* memory = &memories_[name.index];
    if (memory->writer != kNobody) continue;
    memory->writer = position;
    while (memory->parent != kNobody) {
      memory = &memories_[memory->parent];
      if (memory->member_writer != kNobody) break;
      memory->member_writer = position;
    }
  }
}

void Names::mark_touched() {
  const auto mark = [&](SlotId slot) {
    const Name& name = names_[slot];
    if (name.is_memory) {
      touched_[slot] = memories_[name.index].writer != kNobody || memories_[name.index].member_writer != kNobody ? 1 : 0;
      return;
    }
    const Step& maker = program_.steps[name.index];
    for (const SlotId input : maker.inputs) {
      if (touched_[input] == 0) continue;
      touched_[slot] = 1;
      depth_[slot] = std::max(depth_[slot], depth_[input] + 1);
    }
  };
  for (SlotId slot = 0; slot < names_.size(); ++slot) {
    if (names_[slot].is_memory) mark(slot);
  }
  for (const Step& step : program_.steps) {
    if (!names_[step.result].is_memory) mark(step.result);
  }
}

Status Names::check_write(uint32_t position, size_t target) const {
  const Step& step = program_.steps[position];
  const Name& name = names_[step.inputs[target]];
  const std::string place = place_of(program_, step);
  if (!name.is_memory) {
    return unsupported(str(place, ": writes through what ", place_of(program_, program_.steps[name.index]), " makes of other memory"));
  }
  const Memory& memory = memories_[name.index];
  if (memory.member_writer != kNobody) {
    return unsupported(str(place, ": writes a tuple of which ", place_of(program_, program_.steps[memory.member_writer]), " writes a member"));
  }
  if (memory.loaded) return unsupported(str(place, ": writes to the value that a Load has read"));
  return {};
}

Status Names::check() const {
  for (uint32_t i = 0; i < program_.steps.size(); ++i) {
    for (const size_t target : targets(i)) TRY(check_write(i, target));
    const SlotId result = program_.steps[i].result;
    if (touched_[result] != 0 && !names_[result].is_memory && names_[result].index == i && effect_of(program_, program_.steps[i]) == Effect::kContiguous) {
      return unsupported(str(place_of(program_, program_.steps[i]), ": copies a view or not, whose memory is written elsewhere"));
    }
    if (depth_[result] > kMaxDepth)
      return unsupported(str(place_of(program_, program_.steps[i]), ": tuples and views of written memory nest deeper than ", kMaxDepth));
  }
  return {};
}

}  // namespace mindird::mindir

#include "mindir/memory/liveness.h"

#include <algorithm>

#include "base/strings.h"
#include "mindir/memory/effects.h"

namespace mindird::mindir {
namespace {

/// True for an input that a step replaces without using its value.
bool is_overwritten(Effect effect, size_t position) {
  if (effect == Effect::kStatistics) return position == 3 || position == 4;
  return effect == Effect::kOverwrite && position == 0;
}

}  // namespace

std::vector<Need> needs(const Program& program) {
  std::vector<Need> needed(program.slots.size(), Need::kNothing);
  needed[program.output] = Need::kValue;
  for (size_t i = program.steps.size(); i-- > 0;) {
    const Step& step = program.steps[i];
    const Need need = needed[step.result];
    if (need == Need::kNothing) continue;
    const Effect effect = effect_of(program, step);
    for (size_t k = 0; k < step.inputs.size(); ++k) {
      Need& input = needed[step.inputs[k]];
      input = std::max(input, is_overwritten(effect, k) ? Need::kType : need);
    }
  }
  return needed;
}

void remove_unused(Program& program) {
  const std::vector<Need> needed = needs(program);
  for (const Step& step : program.steps) {
    if (needed[step.result] != Need::kNothing || effect_of(program.primitives[step.primitive].op) != Effect::kMessage) continue;
    program.notes.push_back(str(place_of(program, step), ": left out, as the results do not depend on it"));
  }
  std::erase_if(program.steps, [&](const Step& step) { return needed[step.result] == Need::kNothing; });
  std::vector<uint8_t> is_input(program.slots.size(), 0);
  for (const SlotId slot : program.input_slots) is_input[slot] = 1;
  for (SlotId slot = 0; slot < program.slots.size(); ++slot) {
    if (needed[slot] == Need::kNothing && is_input[slot] == 0) program.slots[slot].initial = Item();
  }
}

}  // namespace mindird::mindir

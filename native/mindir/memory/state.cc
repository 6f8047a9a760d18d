#include "mindir/memory/state.h"

#include <algorithm>

#include "base/strings.h"
#include "mindir/memory/liveness.h"
#include "mindir/memory/names.h"

namespace mindird::mindir {

Status check_state(Program& program, const std::vector<StateWrite>& writes, StatePolicy state) {
  const std::vector<Need> needed = needs(program);
  for (const StateWrite& write : writes) {
    const std::string& name = program.slots[write.stored].name;
    if (state == StatePolicy::kRefuse && needed[write.stored] == Need::kValue) {
      return unsupported(str(write.place, ": writes \"", name,
                             "\", which results depend on; models that keep state between requests are served with model.state: per_request, ",
                             "where every request starts from the values in the file"));
    }
    if (needed[write.result] == Need::kNothing)
      program.notes.push_back(str(write.place, ": left out, as no result depends on what it writes to \"", name, "\""));
  }
  return {};
}

std::vector<const Constant*> written_constants(const Program& program) {
  const Names names(program);
  std::vector<const Constant*> out;
  for (uint32_t i = 0; i < program.steps.size(); ++i) {
    for (const size_t target : names.targets(i)) {
      const Names::Name& name = names.of(program.steps[i].inputs[target]);
      if (!name.is_memory) continue;
      if (const auto* constant = program.slots[names.first_slot(name.index)].initial.as<ConstantPtr>()) out.push_back(constant->get());
    }
  }
  std::ranges::sort(out);
  return out;
}

Status check_function_reads(const Program& function, const std::vector<const Constant*>& written) {
  for (const Slot& slot : function.slots) {
    const auto* constant = slot.initial.as<ConstantPtr>();
    if (!constant || !std::ranges::binary_search(written, constant->get())) continue;
    return unsupported(str("uses \"", slot.name, "\", which the model writes outside of it; that is not supported"));
  }
  return {};
}

}  // namespace mindird::mindir

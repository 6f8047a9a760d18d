#include "mindir/memory/state.h"

#include "base/strings.h"
#include "mindir/memory/liveness.h"

namespace mindird::mindir {

Status check_state(Program& program, const std::vector<StateWrite>& writes, StatePolicy state) {
  const std::vector<Need> needed = needs(program);
  for (const StateWrite& write : writes) {
    const std::string& name = program.slots[write.stored].name;
    if (state == StatePolicy::kRefuse && needed[write.stored] == Need::kValue) {
      return unsupported(str(write.place, ": writes \"", name, "\", which results depend on; models that keep state between requests are served with model.state: per_request, ",
                             "where every request starts from the values in the file"));
    }
    if (needed[write.result] == Need::kNothing) program.notes.push_back(str(write.place, ": left out, as no result depends on what it writes to \"", name, "\""));
  }
  return {};
}

}  // namespace mindird::mindir

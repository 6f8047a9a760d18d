// State: parameters and constants that a model writes.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "mindir/memory/resolve.h"

namespace mindird::mindir {

/// A write that replaces a value of the file.
struct StateWrite {
  SlotId stored;      // the value in the file
  SlotId result;      // of the step that writes
  std::string place;  // of that step
};

/// Of a program whose memory is resolved. UNSUPPORTED when results depend on a value in the file that the model also replaces, so that they would depend on
/// earlier requests, and `state` is kRefuse. A write that nothing reads afterwards leaves a note.
Status check_state(Program& program, const std::vector<StateWrite>& writes, StatePolicy state);

/// Values in the file that a program replaces, before its memory is resolved, sorted. Different parameters may share one value.
std::vector<const Constant*> written_constants(const Program& program);

/// UNSUPPORTED when a function, before its memory is resolved, uses one of the (sorted) values the main program replaces: what it would find is not followed.
Status check_function_reads(const Program& function, const std::vector<const Constant*>& written);

}  // namespace mindird::mindir

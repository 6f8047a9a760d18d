// Turns memory into values. A MindIR file may write into a tensor that has a name (x += y, Assign) and read it later under that name or another; its
// edges of memory order (UpdateState, Load, Depend) and of data say what runs before what. Afterwards a program has no memory left: every read refers to the
// value that was written last before it, every write is the operator that computes the new value, and what leads to no result is gone.
//
//   b = ReLU(x)                                  b = ReLU(x)
//   u1 = UpdateState(u0, b)                      w = InplaceAddExt(b, x)        computes b + x
//   w = InplaceAddExt(b, x, u1)          →       z = Muls(w, 2)
//   u2 = UpdateState(u1, w)
//   y = Load(b, u2)
//   z = Muls(y, 2)
#pragma once

#include "base/status.h"
#include "mindir/program.h"

namespace mindird::mindir {

/// UNSUPPORTED, naming the nodes, when the file does not say which of two accesses comes first, when memory is written through a view or a member of a tuple
/// that is read as a whole, and when results would depend on earlier requests while `state` is kRefuse.
Status resolve_memory(Program& program, StatePolicy state);

}  // namespace mindird::mindir

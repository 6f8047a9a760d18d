// An event loop that shares its processors with threads that compute waits for the end of their slices (1 to 3 ms) whenever it wakes, unless its own slice is
// shorter: from Linux 6.12 on a thread that wakes with a shorter slice runs at once. Its share of the processors stays what it was.
#pragma once

namespace mindird {

/// Asks the kernel for slices of 0.1 ms for the calling thread; threads that it starts have the usual ones. False where the thread stays as it is: it is of
/// another policy than SCHED_OTHER or of a negative niceness (which the threads it starts would lose), or the kernel refuses. Kernels before 6.12 accept
/// the wish without granting it. Source: sched_setattr(2) and Documentation/scheduler/sched-eevdf.rst of Linux.
bool ask_for_short_slices();

}  // namespace mindird

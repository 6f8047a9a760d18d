// Threads that compute give way to those that take calls: where both want one processor, an event loop of the same niceness waits for the slice of a
// computing thread to end, a few milliseconds each time it wakes.
#pragma once

#include <cstdint>

namespace mindird {

/// How much nicer than the first thread of the process a computing thread is: beside one event loop that is busy all the time it has a tenth of a processor
/// (the weights of niceness in Linux are 1024 and 110). Where nobody else wants the processor it changes nothing.
inline constexpr int kGivesWayBy = 10;

/// The slice of a computing thread. From Linux 6.12 on a thread that wakes runs at once if it has had less than its share and its slice is the shorter one (the
/// usual slice has one to three milliseconds); until then it waits for a tick of the clock after the end of the running one's slice. Source: sched_setattr(2)
/// and Documentation/scheduler/sched-eevdf.rst of Linux.
inline constexpr uint64_t kComputingSliceNs = 20'000'000;

/// Makes the calling thread nicer than the first one by kGivesWayBy, to 19 at most, if it is not so already, and asks for slices of kComputingSliceNs; kernels
/// before 6.12 accept the wish without granting it. A thread of a policy without niceness stays as it is. Threads that it starts are as it is.
void give_way();

}  // namespace mindird

// Threads that compute give way to those that take calls: where both want one processor, an event loop of the same niceness waits for the slice of a
// computing thread to end, a few milliseconds each time it wakes.
#pragma once

namespace mindird {

/// How much nicer than the first thread of the process a computing thread is: beside one event loop that is busy all the time it has a quarter of a processor
/// (the weights of niceness in Linux are 1024 and 335). Where nobody else wants the processor it changes nothing.
inline constexpr int kGivesWayBy = 5;

/// Makes the calling thread nicer than the first one by kGivesWayBy, to 19 at most, if it is not so already. Threads that it starts are as nice as it is.
void give_way();

}  // namespace mindird

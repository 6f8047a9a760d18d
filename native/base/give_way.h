// Threads that compute give way to those that take calls: where both want one processor, an event loop of the same niceness waits for the slice of a
// computing thread to end, milliseconds each time it wakes.
#pragma once

#include <cstdint>
#include <string_view>

namespace mindird {

/// How much nicer than the first thread of the process a computing thread is: beside one event loop that is busy all the time it has a quarter of a processor
/// (the weights of niceness in Linux are 1024 and 335). Where nobody else wants the processor it changes nothing.
inline constexpr int kGivesWayBy = 5;

/// How much nicer than the first thread of the process its helpers are, which are in no hurry: beside a computing thread one has a quarter of a processor (the
/// weights are 335 and 110).
inline constexpr int kHelpersGiveWayBy = 10;

/// The same for a thread that builds plans: beside a computing thread it has a tenth of a processor (335 and 36), where a quarter of one made what waits for
/// the other wait twice as long.
inline constexpr int kBuildersGiveWayBy = 15;

/// Nanoseconds of a turn of the thread that goes first: the least that sched_setattr(2) takes.
inline constexpr uint64_t kShortTurn = 100'000;

/// Makes the calling thread nicer than the first one by kGivesWayBy, to 19 at most, if it is not so already, and its turns as long as they are by default.
/// Threads that it starts are as nice as it is.
void give_way();

/// Makes the threads of the process that have this name (what /proc/self/task/TID/comm says) nicer than the first one by so much, to 19 at most, if they are
/// not so already.
void threads_give_way(std::string_view name, int by);

/// Asks for short turns of the calling thread, and of those it starts. Its share of a processor stays, but when it wakes it takes the place of a thread with
/// longer turns at once, instead of after it (Documentation/scheduler/sched-eevdf.rst; Linux 6.12 and later, earlier ones ignore it). A thread whose policy is
/// not the usual one keeps what it has.
void go_first();

/// Nanoseconds of a turn of the calling thread; 0 where the system does not tell.
uint64_t turn();

}  // namespace mindird

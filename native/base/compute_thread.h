// Threads that compute, whoever starts them. A thread without privileges cannot become less nice, and what it starts is as nice as it is: those that build
// plans have the threads that will answer requests started by one that is kept for it.
#pragma once

#include <functional>
#include <thread>

namespace mindird {

/// Starts the thread that starts them, from the calling one, unless it runs: before threads give way further than that.
void prepare_compute_threads();

/// A thread that has given way (give_way()), leaves signals to others, has this name of at most 15 characters, and runs `body`. Throws std::system_error or
/// std::bad_alloc where there is no thread to be had.
std::thread start_compute_thread(const char* name, std::function<void()> body);

}  // namespace mindird

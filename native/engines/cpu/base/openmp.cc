// What oneDNN asks of the OpenMP runtime, answered by the process's team: its parallel regions are run by the threads that run everything else. The runtime it
// was linked with is loaded and never called: the dynamic linker looks into the library or program that brought oneDNN first, and finds these.
//
// oneDNN needs no more of OpenMP than these six; openmp_test.cc finds that it gets them here.
#include <cstdio>
#include <cstdlib>

#include "base/team.h"

#define MINDIRD_EXPORTED extern "C" __attribute__((visibility("default")))

/// Declared as compilers that know OpenMP expect them.
MINDIRD_EXPORTED void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags);
MINDIRD_EXPORTED void GOMP_barrier();
MINDIRD_EXPORTED int omp_get_max_threads();
MINDIRD_EXPORTED int omp_get_num_threads();
MINDIRD_EXPORTED int omp_get_thread_num();
MINDIRD_EXPORTED int omp_in_parallel();

void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned /*flags*/) {
  const int wanted = mindird::in_team() ? 1 : threads > 0 ? static_cast<int>(threads) : mindird::team_limit();
  mindird::run_team(wanted, [=] {
    // oneDNN shares work out for as many threads as it was told of: with fewer, parts of a result would be missing. Inside a ComputeScope they are there.
    if (mindird::team_size() != wanted) {
      std::fprintf(stderr, "mindird: %d threads for a parallel region, want %d\n", mindird::team_size(), wanted);
      std::abort();
    }
    body(data);
  });
}

void GOMP_barrier() { mindird::team_barrier(); }
int omp_get_max_threads() { return mindird::team_limit(); }
int omp_get_num_threads() { return mindird::team_size(); }
int omp_get_thread_num() { return mindird::team_thread(); }
int omp_in_parallel() { return mindird::in_team() ? 1 : 0; }

// Gives memory that was freed back to the system. Loading and unloading a model frees pieces of every size, which the C library keeps for later,
// up to several times the model; between those moments nothing is gained by keeping them.
#pragma once

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace mindird {

inline void return_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace mindird

// Instructions that C++ has no words for, on x86-64 and on arm64.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <emmintrin.h>
#elif !defined(__aarch64__)
#error "neither x86-64 nor arm64"
#endif

namespace mindird {

/// How the calling thread rounds and what it does with denormal numbers.
using FloatControl = uint32_t;

#if defined(__x86_64__)

/// Tells the processor that this thread waits in a loop.
inline void relax() { _mm_pause(); }

inline FloatControl float_control() { return _mm_getcsr(); }
inline void set_float_control(FloatControl control) { _mm_setcsr(control); }
/// Flushes denormal results to zero and takes denormal inputs as zero.
inline constexpr FloatControl kFlushToZero = 0x8040;

/// Puts the line of the caches that holds the address out of them; ordered by memory_fence.
inline void evict_line(const void* address) { _mm_clflush(address); }
inline void memory_fence() { _mm_mfence(); }

#else

inline void relax() { asm volatile("yield"); }

inline FloatControl float_control() {
  uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return static_cast<FloatControl>(control);
}
inline void set_float_control(FloatControl control) { asm volatile("msr fpcr, %0" : : "r"(static_cast<uint64_t>(control))); }
inline constexpr FloatControl kFlushToZero = 1 << 24;

inline void evict_line(const void* address) { asm volatile("dc civac, %0" : : "r"(address) : "memory"); }
inline void memory_fence() { asm volatile("dsb sy" : : : "memory"); }

#endif

}  // namespace mindird

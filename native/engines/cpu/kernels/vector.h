// Vectors for own kernels. A kernel is written once with the compiler's 16-float vectors and marked MINDIRD_CLONES: the compiler makes an
// AVX-512, an AVX2 and a baseline version, and the loader picks one by the CPU it runs on.
#pragma once

#include <cstdint>

// The loader picks before a sanitizer's runtime is ready, so sanitized builds use the baseline version alone, as other processors do.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define MINDIRD_CLONES
#else
#define MINDIRD_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#endif
#define MINDIRD_INLINE __attribute__((always_inline)) inline

namespace mindird::engines::cpu {

/// 16 floats at any address that holds floats. Name the type in full: `auto` and template arguments drop its alignment.
typedef float V16 __attribute__((vector_size(64), aligned(4), may_alias));
inline constexpr int64_t kLanes = 16;

}  // namespace mindird::engines::cpu

#include "tensor/half_copy.h"

#include <cstring>

#include "tensor/half.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace mindird {
namespace {

constexpr size_t kFloat = sizeof(float);
constexpr size_t kHalf = sizeof(uint16_t);
/// Set in a NaN that signals nothing.
constexpr uint16_t kQuiet = 0x200;

void halves_one_by_one(const std::byte* from, std::byte* to, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    float value = 0;
    std::memcpy(&value, from + i * kFloat, kFloat);
    const uint16_t half = half_from_float(value);
    std::memcpy(to + i * kHalf, &half, kHalf);
  }
}

void floats_one_by_one(const std::byte* from, std::byte* to, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint16_t half = 0;
    std::memcpy(&half, from + i * kHalf, kHalf);
    // As the processor's conversion does.
    if ((half & 0x7fffU) > 0x7c00U) half |= kQuiet;
    const float value = float_from_half(half);
    std::memcpy(to + i * kFloat, &value, kFloat);
  }
}

/// How many elements the processor's own conversions take, in eights; those that are left are converted one by one.
#if defined(__x86_64__)

bool has_conversions() {
  // Clang 16 knows no name for F16C, which is bit 29 of ECX (Intel's manual, volume 2, CPUID leaf 1); that the system keeps the wide registers says AVX's.
  static const bool has = [] {
    unsigned int eax = 0;
    unsigned int ebx = 0;
    unsigned int ecx = 0;
    unsigned int edx = 0;
    return __builtin_cpu_supports("avx") && __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C) != 0;
  }();
  return has;
}

/// The processor keeps what fits of a NaN's digits, half.h none: the results must not depend on the processor.
__attribute__((target("avx,f16c"))) size_t halves_in_eights(const std::byte* from, std::byte* to, size_t count) {
  const __m256 quiet = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
  const __m256 sign = _mm256_set1_ps(-0.0F);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 x = _mm256_loadu_ps(reinterpret_cast<const float*>(from + i * kFloat));
    const __m256 nan = _mm256_or_ps(quiet, _mm256_and_ps(x, sign));
    const __m256 kept = _mm256_blendv_ps(x, nan, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * kHalf), _mm256_cvtps_ph(kept, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  return i;
}

__attribute__((target("avx,f16c"))) size_t floats_in_eights(const std::byte* from, std::byte* to, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i * kHalf));
    _mm256_storeu_ps(reinterpret_cast<float*>(to + i * kFloat), _mm256_cvtph_ps(halves));
  }
  return i;
}

#else

bool has_conversions() { return false; }
size_t halves_in_eights(const std::byte*, std::byte*, size_t) { return 0; }
size_t floats_in_eights(const std::byte*, std::byte*, size_t) { return 0; }

#endif

}  // namespace

void copy_as_half(const std::byte* floats, std::byte* halves, size_t count) {
  const size_t done = has_conversions() ? halves_in_eights(floats, halves, count) : 0;
  halves_one_by_one(floats + done * kFloat, halves + done * kHalf, count - done);
}

void copy_as_float(const std::byte* halves, std::byte* floats, size_t count) {
  const size_t done = has_conversions() ? floats_in_eights(halves, floats, count) : 0;
  floats_one_by_one(halves + done * kHalf, floats + done * kFloat, count - done);
}

}  // namespace mindird

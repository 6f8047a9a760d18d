// Loops that do nothing but what a processor does fastest: multiply-adds on registers, and reading memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mindird::engines::cpu {

struct PeakLoop {
  /// Runs `rounds` rounds from and to 16 floats.
  void (*run)(int64_t rounds, float* values);
  int64_t operations;  // of a round
};

/// The same with other numbers of independent sums: which is fastest depends on how many registers there are and how long one addition takes.
std::span<const PeakLoop> peak_loops();

/// Sums of memory, so that all of it is read: in one stream, and in four side by side.
float read_in_order(const float* from, int64_t count);
float read_in_four(const float* from, int64_t count);

}  // namespace mindird::engines::cpu

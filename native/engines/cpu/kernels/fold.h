// Folds of neighbouring lines of elements of any type, as the operators define them: reductions and running sums.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/reduction/reduce.h"

namespace mindird::engines::cpu {

/// `size` elements per line, one every `step`; `lanes` lines side by side, at most kMaxLanes, as the results are.
struct FoldLines {
  const std::byte* x = nullptr;
  std::byte* y = nullptr;
  int64_t size = 0;
  int64_t step = 1;
  int64_t lanes = 1;
};

using FoldKernel = void (*)(const FoldLines&);
/// Null where there is none: halves, which this engine widens, and what the operator does not define.
FoldKernel find_fold(ops::ReduceKind kind, DType dtype);

/// Sums of what came before, each element included unless `exclusive`; from the last to the first element when `reverse`.
struct RunningSum {
  bool exclusive = false;
  bool reverse = false;
};
/// False for types without one.
bool has_running_sum(DType dtype);
void run_sums(DType dtype, const FoldLines& lines, const RunningSum& sum);

}  // namespace mindird::engines::cpu

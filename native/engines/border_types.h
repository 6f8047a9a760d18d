// Inputs and outputs of an executable in a lower type than those of its subgraph: half as many bytes cross the bus, and what the executable would do first
// with an input, and last with an output, the host does while it copies them anyway.
#pragma once

#include <cstddef>

#include "tensor/dtype.h"

namespace mindird::engines {

/// Executables that may have such inputs and outputs implement it beside Executable.
class BorderTypes {
 public:
  virtual ~BorderTypes() = default;
  /// Types of the tensors a run wants, whatever the subgraph says.
  virtual DType input_dtype(size_t input) const = 0;
  virtual DType output_dtype(size_t output) const = 0;
};

}  // namespace mindird::engines

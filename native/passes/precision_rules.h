// What each operator gains from a lower number format, and what it does to the size of values.
#pragma once

#include <string_view>

#include "ir/op.h"

namespace mindird::passes {

enum class Gain : uint8_t {
  kProducts,  // sums of products: this is what a lower format makes faster
  kFollows,   // cheap arithmetic that loses no more than its input has lost already: as its inputs are
  kMoves,     // copies elements: as its inputs or its consumers are
  kLoses,     // stays f32
};

/// What is known about the size of the results, given ordinary inputs.
enum class Size : uint8_t {
  kBounded,  // ordinary whatever the inputs are
  kAsInput,  // ordinary if the inputs are
  kWide,     // may be beyond what f16 holds
};

struct PrecisionRule {
  Gain gain = Gain::kLoses;
  Size size = Size::kAsInput;
  std::string_view why = {};  // only for kLoses
};

/// The rule of an operator with its attributes; operators without a rule lose.
PrecisionRule precision_rule(const ir::Op& op);

}  // namespace mindird::passes

// Which slots of a program without memory lead to its output.
#pragma once

#include <vector>

#include "mindir/program.h"

namespace mindird::mindir {

enum class Need : uint8_t {
  kNothing,
  kType,  // what overwrites a value still asks for its type
  kValue,
};

/// For every slot, what the output needs of it.
std::vector<Need> needs(const Program& program);

/// Removes the steps and the values of constants that the output needs nothing of; a removed step that shows something to a person leaves a note.
void remove_unused(Program& program);

}  // namespace mindird::mindir

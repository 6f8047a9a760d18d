// The constants that a module of a MindIR file holds.
#pragma once

#include <functional>

#include "mindir/module.h"

namespace mindird::mindir {

/// Calls `seen` for each constant, for some more than once; false for a module that is of no such file, and tells Module::constant_bytes() alone.
bool each_constant(const Module& module, const std::function<void(const Constant&)>& seen);

}  // namespace mindird::mindir

// A plan file with the interface of a MindIR module: it lowers to the graphs it holds.
#pragma once

#include <memory>
#include <string>

#include "mindir/module.h"
#include "plan/plan_file.h"
#include "runtime/file/signature.h"

namespace mindird::runtime {

/// lower() gives the graphs of the file, and those of other batch sizes where it has an open graph; other shapes are INVALID_ARGUMENT.
std::shared_ptr<const mindir::Module> plan_file_module(std::string name, std::shared_ptr<const plan::PlanFile> file, const Signature& signature);

}  // namespace mindird::runtime

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

/// The same for a file that is opened again by each lower() and held by a descriptor alone meanwhile: it may be removed or another put in its place, and
/// overwriting it is an error. `name` is for errors, `path` is opened now.
Result<std::shared_ptr<const mindir::Module>> reopening_module(std::string name, const std::string& path, const plan::PlanFile& file, const Signature& signature);

}  // namespace mindird::runtime

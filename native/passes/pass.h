// A graph pass: a function that rewrites a graph and says whether it changed anything. Passes keep the graph's inputs,
// outputs and results (invariant I2) and leave it verified (I1). They assume known shapes and pass by nodes whose types
// are not.
#pragma once

#include <memory>
#include <string_view>

#include "base/status.h"
#include "ir/graph.h"
#include "passes/constant_store.h"

namespace mindird::passes {

struct PassContext {
  /// Elements and multiply-adds constant folding may still spend on this graph, so that hostile shapes cannot stall a
  /// load.
  double fold_work = 4e8;
  /// Shares equal constants made for different graphs of one model; may be null.
  std::shared_ptr<ConstantStore> constants;

  /// The constant itself, or the equal one made before.
  ConstantPtr share(ConstantPtr constant) { return constants ? constants->intern(std::move(constant)) : constant; }
};

struct Pass {
  std::string_view name;
  Result<bool> (*run)(ir::Graph& graph, PassContext& context);
};

}  // namespace mindird::passes

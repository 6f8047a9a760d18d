// Dead code: nodes and constants that no graph output depends on.
//
//   a = Unary(x)   b = Unary(x)   outputs: a        becomes        a = Unary(x)   outputs: a
#include "passes/passes.h"

namespace mindird::passes {

Result<bool> eliminate_dead(ir::Graph& graph, PassContext&) { return graph.erase_dead() > 0; }

}  // namespace mindird::passes

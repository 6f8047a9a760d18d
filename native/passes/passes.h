// Every pass, by name. What each does stands at the head of its own file.
#pragma once

#include "passes/pass.h"

namespace mindird::passes {

Result<bool> eliminate_dead(ir::Graph& graph, PassContext& context);
Result<bool> eliminate_identity(ir::Graph& graph, PassContext& context);
Result<bool> merge_views(ir::Graph& graph, PassContext& context);
Result<bool> simplify_arithmetic(ir::Graph& graph, PassContext& context);
Result<bool> fold_transpose(ir::Graph& graph, PassContext& context);
Result<bool> fold_pad(ir::Graph& graph, PassContext& context);
Result<bool> squeeze_pool(ir::Graph& graph, PassContext& context);
Result<bool> merge_common(ir::Graph& graph, PassContext& context);
Result<bool> recognise_attention(ir::Graph& graph, PassContext& context);
Result<bool> recognise_layer_norm(ir::Graph& graph, PassContext& context);
Result<bool> recognise_gelu(ir::Graph& graph, PassContext& context);
Result<bool> recognise_dequantize(ir::Graph& graph, PassContext& context);
Result<bool> recognise_activation(ir::Graph& graph, PassContext& context);
Result<bool> fold_bias(ir::Graph& graph, PassContext& context);
Result<bool> fold_batch_norm(ir::Graph& graph, PassContext& context);
Result<bool> fold_scale(ir::Graph& graph, PassContext& context);
Result<bool> fold_constants(ir::Graph& graph, PassContext& context);

}  // namespace mindird::passes

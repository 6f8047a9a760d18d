// Dense layers: MatMul of any number of rows with constant weights.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

bool is_dense_layer(const NodeBuilder& b);
Status build_dense(NodeBuilder& b);
/// Plain, or, when the only use is a Transpose, what makes the transposed value plain.
Layout preferred_product_layout(const NodeBuilder& b);

}  // namespace mindird::engines::cpu

// Structured sparsity of weights, which the tensor cores of compute capability 8.0 and later gain from.
#pragma once

#include <cstddef>

#include "ir/graph.h"

namespace mindird::engines::tensorrt {

struct Sparsity {
  size_t products = 0;  // convolutions and matrix products with constant weights
  size_t sparse = 0;    // those whose weights qualify
};

/// Weights qualify when every four elements in a row along the dim that is summed over (input channels of a convolution's group, for each output
/// channel and place of the kernel; the inner dim of a product) have at least two zeros, and that dim is a multiple of four: the rule by which
/// NVIDIA's own tools prune weights for TensorRT and check them. Weights may lie behind casts and quantisation.
Sparsity count_sparse(const ir::Graph& graph);

}  // namespace mindird::engines::tensorrt

// Quotients and remainders of integers, for every divisor.
#pragma once

#include "engines/tensorrt/node_builder.h"
#include "ops/elementwise/binary.h"

namespace mindird::engines::tensorrt {

/// Whether the kind is a quotient or a remainder.
bool is_division(ops::BinaryKind kind);

/// The quotient or remainder of the node's inputs, which are integers of one type brought to `rank` dims; null where TensorRT refuses a layer.
trt::ITensor* divide_integers(NodeBuilder& b, trt::ITensor* x, trt::ITensor* y, size_t rank);

}  // namespace mindird::engines::tensorrt

// Elements of one dim at places that are known when the network is built.
#pragma once

#include <span>

#include "engines/tensorrt/node_builder.h"

namespace mindird::engines::tensorrt {

/// x[…, indices[i], …] along `axis`; every index is within the dim, which does not grow with the batch. Null stays null.
trt::ITensor* take(NodeBuilder& b, trt::ITensor* x, std::span<const int64_t> indices, size_t axis);

}  // namespace mindird::engines::tensorrt

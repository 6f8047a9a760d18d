// The angle of a point, which TensorRT has no layer for.
#pragma once

#include "engines/tensorrt/node_builder.h"

namespace mindird::engines::tensorrt {

/// atan2(y, x) of tensors of one floating type, both of `rank` dims, which broadcast; null where TensorRT refuses a layer.
trt::ITensor* atan2(NodeBuilder& b, trt::ITensor* y, trt::ITensor* x, size_t rank);

}  // namespace mindird::engines::tensorrt

// Element types and shapes between the IR and TensorRT.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engines/tensorrt/nvinfer.h"
#include "tensor/tensor.h"

namespace mindird::engines::tensorrt {

/// TensorRT's type, or nothing for one it does not compute with.
std::optional<trt::DataType> trt_type(DType dtype);
std::optional<DType> ir_type(trt::DataType type);

/// At most trt::Dims::MAX_DIMS values.
trt::Dims trt_dims(std::span<const int64_t> values);
inline trt::Dims trt_dims(const Shape& shape) { return trt_dims(shape.dims()); }
/// `rank` times the same value.
trt::Dims trt_filled(size_t rank, int64_t value);
Shape ir_shape(const trt::Dims& dims);

}  // namespace mindird::engines::tensorrt

#include "engines/tensorrt/types.h"

#include <array>

namespace mindird::engines::tensorrt {
namespace {

struct Pair {
  DType ir;
  trt::DataType trt;
};

constexpr std::array<Pair, 8> kTypes = {{{DType::kF32, trt::DataType::kFLOAT},
                                         {DType::kF16, trt::DataType::kHALF},
                                         {DType::kBF16, trt::DataType::kBF16},
                                         {DType::kI32, trt::DataType::kINT32},
                                         {DType::kI64, trt::DataType::kINT64},
                                         {DType::kI8, trt::DataType::kINT8},
                                         {DType::kU8, trt::DataType::kUINT8},
                                         {DType::kBool, trt::DataType::kBOOL}}};

}  // namespace

std::optional<trt::DataType> trt_type(DType dtype) {
  for (const Pair& p : kTypes) {
    if (p.ir == dtype) return p.trt;
  }
  return std::nullopt;
}

std::optional<DType> ir_type(trt::DataType type) {
  for (const Pair& p : kTypes) {
    if (p.trt == type) return p.ir;
  }
  return std::nullopt;
}

trt::Dims trt_dims(std::span<const int64_t> values) {
  trt::Dims out{};
  out.nbDims = static_cast<int32_t>(values.size());
  for (size_t i = 0; i < values.size(); ++i) out.d[i] = values[i];
  return out;
}

trt::Dims trt_filled(size_t rank, int64_t value) {
  trt::Dims out{};
  out.nbDims = static_cast<int32_t>(rank);
  for (size_t i = 0; i < rank; ++i) out.d[i] = value;
  return out;
}

Shape ir_shape(const trt::Dims& dims) {
  if (dims.nbDims < 0) return {};
  return Shape(std::vector<int64_t>(dims.d, dims.d + dims.nbDims));
}

}  // namespace mindird::engines::tensorrt

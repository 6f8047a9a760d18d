#include "engines/tensorrt/node_builder.h"

#include <cstring>

#include "base/strings.h"
#include "ops/saturate.h"
#include "ops/support.h"

namespace mindird::engines::tensorrt {
namespace {

/// `count` elements of a dtype, all of one value.
std::vector<std::byte> repeated(double value, DType dtype, size_t count) {
  std::vector<std::byte> out(count * dtype_size(dtype));
  const auto fill = [&]<class T>() {
    T element;
    if constexpr (std::is_same_v<T, ops::BoolByte>) {
      element = T(value != 0);
    } else if constexpr (std::is_integral_v<T>) {
      element = ops::saturate<T>(value);
    } else {
      element = static_cast<T>(static_cast<ops::Compute<T>>(value));
    }
    for (size_t i = 0; i < count; ++i) std::memcpy(out.data() + i * sizeof(T), &element, sizeof(T));
  };
  const Status status = ops::dispatch_any(dtype, fill);
  static_cast<void>(status);  // every dtype has a case
  return out;
}

trt::Weights weights_of(const TensorType& type, const void* data) {
  trt::Weights out{};
  out.type = trt_type(type.dtype).value_or(trt::DataType::kFLOAT);
  out.values = data;
  out.count = type.shape.elements();
  return out;
}

}  // namespace

trt::ITensor* NodeBuilder::input(size_t i) {
  const ir::ValueId id = node_.inputs[i];
  const auto it = draft_.tensors.find(id);
  if (it != draft_.tensors.end()) return it->second;
  const ir::Value& value = graph_.value(id);
  if (value.type.dtype == DType::kBool) {
    const auto bytes = value.constant->bytes();
    return draft_.tensors[id] = constant_tensor(value.type, {bytes.begin(), bytes.end()});
  }
  trt::IConstantLayer* layer = network().addConstant(trt_dims(value.type.shape), weights(i));
  if (layer) layer->setName(value.name.c_str());
  trt::ITensor* tensor = layer ? layer->getOutput(0) : nullptr;
  draft_.tensors[id] = tensor;
  return tensor;
}

trt::ITensor* NodeBuilder::input_of_rank(size_t i, size_t rank) {
  std::vector<int64_t> dims(rank - std::min(rank, type(i).shape.rank()), 1);
  if (dims.empty()) return input(i);
  dims.insert(dims.end(), type(i).shape.begin(), type(i).shape.end());
  return reshape(input(i), Shape(std::move(dims)));
}

trt::ITensor* NodeBuilder::output_of(trt::ILayer* layer, int32_t index) {
  if (!layer) return nullptr;
  layer->setName(node_.origin.c_str());
  return layer->getOutput(index);
}

Status NodeBuilder::finish(trt::ITensor* tensor) {
  if (!tensor) return {Code::kEngineFailed, "TensorRT refused a layer"};
  set_output(0, tensor);
  return {};
}

Status NodeBuilder::finish(trt::ILayer* layer) { return finish(output_of(layer)); }

trt::ITensor* NodeBuilder::reshape(trt::ITensor* x, const Shape& shape) {
  if (!x) return nullptr;
  trt::IShuffleLayer* layer = network().addShuffle(*x);
  if (!layer) return nullptr;
  layer->setZeroIsPlaceholder(false);
  layer->setReshapeDimensions(trt_dims(shape));
  return output_of(layer);
}

trt::ITensor* NodeBuilder::transpose(trt::ITensor* x, std::span<const int64_t> permutation) {
  if (!x) return nullptr;
  trt::IShuffleLayer* layer = network().addShuffle(*x);
  if (!layer) return nullptr;
  trt::Permutation order{};
  for (size_t i = 0; i < permutation.size(); ++i) order.order[i] = static_cast<int32_t>(permutation[i]);
  layer->setFirstTranspose(order);
  return output_of(layer);
}

trt::ITensor* NodeBuilder::cast(trt::ITensor* x, DType to) { return x ? output_of(network().addCast(*x, *trt_type(to))) : nullptr; }

trt::ITensor* NodeBuilder::unary(trt::ITensor* x, trt::UnaryOperation operation) {
  return x ? output_of(network().addUnary(*x, operation)) : nullptr;
}

trt::ITensor* NodeBuilder::binary(trt::ITensor* x, trt::ITensor* y, trt::ElementWiseOperation operation) {
  return x && y ? output_of(network().addElementWise(*x, *y, operation)) : nullptr;
}

trt::ITensor* NodeBuilder::scalar(double value, DType dtype, size_t rank) {
  return filled(value, dtype, Shape(std::vector<int64_t>(rank, 1)));
}

trt::ITensor* NodeBuilder::filled(double value, DType dtype, const Shape& shape) {
  return constant_tensor({dtype, shape}, repeated(value, dtype, static_cast<size_t>(shape.elements())));
}

trt::ITensor* NodeBuilder::integers(std::span<const int64_t> values, const Shape& shape, DType dtype) {
  std::vector<std::byte> bytes(values.size() * dtype_size(dtype));
  for (size_t i = 0; i < values.size(); ++i) {
    const std::vector<std::byte> one = repeated(static_cast<double>(values[i]), dtype, 1);
    std::memcpy(bytes.data() + i * one.size(), one.data(), one.size());
  }
  return constant_tensor({dtype, shape}, std::move(bytes));
}

trt::ITensor* NodeBuilder::constant_tensor(const TensorType& type, std::vector<std::byte> bytes) {
  if (type.dtype == DType::kBool) {
    // TensorRT has no constants of bool.
    std::vector<int64_t> numbers;
    for (std::byte b : bytes) numbers.push_back(b == std::byte{0} ? 0 : 1);
    return cast(integers(numbers, type.shape), DType::kBool);
  }
  const std::vector<std::byte>& kept = draft_.weights.emplace_back(std::move(bytes));
  return output_of(network().addConstant(trt_dims(type.shape), weights_of(type, kept.data())));
}

trt::Weights NodeBuilder::weights(size_t i) const {
  return weights_of(type(i), graph_.value(node_.inputs[i]).constant->bytes().data());
}

}  // namespace mindird::engines::tensorrt

#include "engines/tensorrt/node_builder.h"

#include <algorithm>
#include <cstring>

#include "base/strings.h"
#include "ops/elementwise/saturate.h"
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

bool NetworkDraft::grows(const Shape& shape) const {
  return std::any_of(shape.begin(), shape.end(), [&](int64_t dim) { return grows(dim); });
}

void NetworkDraft::name(trt::ILayer& layer, const std::string& origin) {
  // A layer of several outputs comes here for each of them.
  if (!named.insert(&layer).second) return;
  std::string unique = origin;
  int& times = asked[origin];
  do {
    if (++times > 1) unique = str(origin, '#', times);
  } while (!names.insert(unique).second);
  layer.setName(unique.c_str());
}

trt::Dims NetworkDraft::dims(const Shape& shape) const {
  trt::Dims out = trt_dims(shape);
  for (int32_t d = 0; d < out.nbDims; ++d) out.d[d] = grows(out.d[d]) ? -1 : out.d[d];
  return out;
}

trt::ITensor* NodeBuilder::input(size_t i) {
  const ir::ValueId id = node_.inputs[i];
  const auto it = draft_.tensors.find(id);
  if (it != draft_.tensors.end()) return it->second;
  const ir::Value& value = graph_.value(id);
  if (grows(value.type.shape)) draft_.baked_in = str("the constant ", value.name, " grows with the batch");
  if (value.type.dtype == DType::kBool) {
    const auto bytes = value.constant->bytes();
    return draft_.tensors[id] = constant_tensor(value.type, {bytes.begin(), bytes.end()});
  }
  trt::IConstantLayer* layer = network().addConstant(trt_dims(value.type.shape), weights(i));
  if (layer) draft_.name(*layer, value.name);
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
  draft_.name(*layer, node_.origin);
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
  if (std::count_if(shape.begin(), shape.end(), [&](int64_t dim) { return grows(dim); }) > 1) {
    trt::ITensor* dims = shape_tensor(shape);
    if (!dims) return nullptr;
    layer->setInput(1, *dims);
  } else {
    layer->setReshapeDimensions(draft_.dims(shape));
  }
  return output_of(layer);
}

/// The batch of the first input that has one, divided by what stands before it there.
trt::ITensor* NodeBuilder::batch_size() {
  if (draft_.batch) return draft_.batch;
  for (ir::ValueId v : graph_.inputs()) {
    const Shape& shape = graph_.type(v).shape;
    const auto at = std::find_if(shape.begin(), shape.end(), [&](int64_t dim) { return grows(dim); });
    if (at == shape.end()) continue;
    const trt::Dims one = trt_filled(1, 1);
    trt::ITensor* dims = output_of(network().addShape(*draft_.tensors.at(v)));
    trt::ITensor* batch = dims ? output_of(network().addSlice(*dims, trt_filled(1, at - shape.begin()), one, one)) : nullptr;
    const int64_t factor = *at / draft_.placeholder;
    if (factor > 1) batch = binary(batch, integers({{factor}}, {1}, DType::kI64), trt::ElementWiseOperation::kFLOOR_DIV);
    return draft_.batch = batch;
  }
  return nullptr;
}

/// Joined from pieces rather than computed as a whole, so that TensorRT knows the sizes that stay.
trt::ITensor* NodeBuilder::shape_tensor(const Shape& shape) {
  std::vector<trt::ITensor*> pieces;
  for (int64_t dim : shape) {
    const bool batch = grows(dim);
    const int64_t number = batch ? dim / draft_.placeholder : dim;
    trt::ITensor* piece = batch ? batch_size() : nullptr;
    if (!batch || number > 1) {
      trt::ITensor* factor = integers({{number}}, {1}, DType::kI64);
      piece = batch ? binary(piece, factor, trt::ElementWiseOperation::kPROD) : factor;
    }
    if (!piece) return nullptr;
    pieces.push_back(piece);
  }
  trt::IConcatenationLayer* layer = network().addConcatenation(pieces.data(), static_cast<int32_t>(pieces.size()));
  if (layer) layer->setAxis(0);
  return output_of(layer);
}

trt::ISliceLayer* NodeBuilder::slice(trt::ITensor* x, const trt::Dims& start, const Shape& size, const trt::Dims& stride) {
  if (!x) return nullptr;
  trt::ISliceLayer* layer = network().addSlice(*x, start, trt_dims(size), stride);
  if (!layer || !grows(size)) return layer;
  trt::ITensor* dims = shape_tensor(size);
  if (!dims) return nullptr;
  layer->setInput(2, *dims);
  return layer;
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

trt::ITensor* NodeBuilder::unary(trt::ITensor* x, trt::UnaryOperation operation) { return x ? output_of(network().addUnary(*x, operation)) : nullptr; }

trt::ITensor* NodeBuilder::binary(trt::ITensor* x, trt::ITensor* y, trt::ElementWiseOperation operation) {
  return x && y ? output_of(network().addElementWise(*x, *y, operation)) : nullptr;
}

trt::ITensor* NodeBuilder::activation(trt::ITensor* x, trt::ActivationType type, float alpha, float beta) {
  trt::IActivationLayer* layer = x ? network().addActivation(*x, type) : nullptr;
  if (!layer) return nullptr;
  layer->setAlpha(alpha);
  layer->setBeta(beta);
  return output_of(layer);
}

trt::ITensor* NodeBuilder::select(trt::ITensor* condition, trt::ITensor* x, trt::ITensor* y) {
  return condition && x && y ? output_of(network().addSelect(*condition, *x, *y)) : nullptr;
}

trt::ITensor* NodeBuilder::scalar(double value, DType dtype, size_t rank) { return filled(value, dtype, Shape(std::vector<int64_t>(rank, 1))); }

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
  if (grows(type.shape)) draft_.baked_in = "a constant of the operator's grows with the batch";
  if (type.dtype == DType::kBool) {
    // TensorRT has no constants of bool.
    std::vector<int64_t> numbers;
    for (std::byte b : bytes) numbers.push_back(b == std::byte{0} ? 0 : 1);
    return cast(integers(numbers, type.shape), DType::kBool);
  }
  const std::vector<std::byte>& kept = draft_.weights.emplace_back(std::move(bytes));
  return output_of(network().addConstant(trt_dims(type.shape), weights_of(type, kept.data())));
}

trt::Weights NodeBuilder::weights(size_t i) const { return weights_of(type(i), graph_.value(node_.inputs[i]).constant->bytes().data()); }

}  // namespace mindird::engines::tensorrt

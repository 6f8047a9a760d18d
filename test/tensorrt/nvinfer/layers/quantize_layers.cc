// Explicit quantisation to 8-bit integers and back.
#include "base/strings.h"
#include "network.h"
#include "ops/elementwise/quantize.h"

namespace mindird::test_nvinfer {
namespace {

constexpr int32_t kNoAxis = -1;

/// A scale is a constant of positive numbers: one of rank 0, or one per position of the axis.
Status check_scale(const Lowering& l, int32_t axis) {
  const TensorType& scale = l.type(1);
  const Constant* constant = l.graph.value(l.in[1]).constant.get();
  TRY(require(constant != nullptr, "a scale must be known when the network is built"));
  TRY(require(scale.dtype == DType::kF32, "the test library takes scales of kFLOAT only"));
  for (float s : constant->as<float>()) TRY(require(s > 0, str("a scale of ", s, ", want positive ones")));
  if (scale.shape.rank() == 0) return {};
  const auto at = static_cast<size_t>(axis);
  TRY(require(axis != kNoAxis && at < l.rank(0), str("a scale of ", scale.text(), " needs an axis")));
  return require(scale.shape.rank() == 1 && scale.shape[0] == l.type(0).shape[at],
                 str("a scale of ", scale.text(), " for axis ", axis, " of ", l.type(0).text()));
}

template <class I, class D, class Op>
class Scaled : public LayerOf<I, D> {
 public:
  Scaled(Network& n, LayerType type, ITensor& x, ITensor& scale) : LayerOf<I, D>(n, type, {&x, &scale}) {}
  int32_t getAxis() const noexcept override { return axis_; }
  void setAxis(int32_t axis) noexcept override {
    axis_ = axis;
    this->changed();
  }
  Lowered lower(Lowering& l) const override {
    TRY(check_input(l.type(0)));
    TRY(check_scale(l, axis_));
    auto op = std::make_shared<Op>();
    op->axis = axis_ == kNoAxis ? 0 : axis_;
    TRY_ASSIGN(const ir::ValueId y, l.add(op, l.in));
    return std::vector{y};
  }

 protected:
  virtual Status check_input(const TensorType& type) const = 0;

 private:
  int32_t axis_ = kNoAxis;
};

class Quantize final : public Scaled<IQuantizeLayer, defaults::QuantizeLayer, ops::Quantize> {
 public:
  Quantize(Network& n, ITensor& x, ITensor& scale) : Scaled(n, LayerType::kQUANTIZE, x, scale) {}

 private:
  Status check_input(const TensorType& type) const override { return require_floating(type); }
};

class Dequantize final : public Scaled<IDequantizeLayer, defaults::DequantizeLayer, ops::Dequantize> {
 public:
  Dequantize(Network& n, ITensor& q, ITensor& scale, DType to) : Scaled(n, LayerType::kDEQUANTIZE, q, scale), to_(to) {}
  Lowered lower(Lowering& l) const override {
    TRY_ASSIGN(auto out, Scaled::lower(l));
    if (to_ != DType::kF32) {
      TRY_ASSIGN(out[0], l.cast(out[0], to_));
    }
    return out;
  }

 private:
  Status check_input(const TensorType& type) const override { return require(type.dtype == DType::kI8, str("input of type ", type.text(), ", want kINT8")); }

  DType to_;
};

}  // namespace

IQuantizeLayer* Network::addQuantizeV2(ITensor& input, ITensor& scale, DataType type) noexcept {
  if (type != DataType::kINT8) missing("INetworkDefinition::addQuantize to other types than kINT8");
  return keep_layer(std::make_unique<Quantize>(*this, input, scale));
}

IDequantizeLayer* Network::addDequantizeV2(ITensor& input, ITensor& scale, DataType type) noexcept {
  // NvInfer.h, addDequantize: kFLOAT, kHALF or kBF16, and a scale of kFLOAT goes with each.
  if (type != DataType::kFLOAT && type != DataType::kHALF && type != DataType::kBF16) missing("INetworkDefinition::addDequantize to other types");
  return keep_layer(std::make_unique<Dequantize>(*this, input, scale, *ir_type(type)));
}

}  // namespace mindird::test_nvinfer

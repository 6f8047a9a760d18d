// Layers that combine elements: reductions, softmax, products of matrices, the largest k, normalisations, running sums.
#include <algorithm>
#include <map>
#include <optional>

#include "base/strings.h"
#include "network.h"
#include "ops/elementwise/binary.h"
#include "ops/reduction/cumulative.h"
#include "ops/normalization/lrn.h"
#include "ops/linear/matmul.h"
#include "ops/reduction/reduce.h"
#include "ops/normalization/softmax.h"
#include "ops/ordering/top_k.h"
#include "ops/elementwise/unary.h"

namespace mindird::test_nvinfer {
namespace {

/// The set bits of a mask.
std::vector<int64_t> axes_of(uint32_t mask) {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < 32; ++i) {
    if ((mask >> static_cast<uint32_t>(i)) & 1U) out.push_back(i);
  }
  return out;
}

/// The axis where none is given.
int64_t third_from_end(const Lowering& l) { return std::max<int64_t>(static_cast<int64_t>(l.rank(0)) - 3, 0); }

Status require_axes(const Lowering& l, uint32_t mask) {
  TRY(require(mask != 0, "no axis"));
  return require(axes_of(mask).back() < static_cast<int64_t>(l.rank(0)), str("an axis beyond ", l.type(0).text()));
}

Result<ir::ValueId> reduce(Lowering& l, ops::ReduceKind kind, ir::ValueId x, uint32_t mask, bool keep) {
  auto op = std::make_shared<ops::Reduce>();
  op->kind = kind;
  op->axes = axes_of(mask);
  op->keep_dims = keep;
  return l.add(op, {x});
}

Result<ir::ValueId> binary(Lowering& l, ops::BinaryKind kind, ir::ValueId x, ir::ValueId y) {
  auto op = std::make_shared<ops::Binary>();
  op->kind = kind;
  return l.add(op, {x, y});
}

class Reduce final : public LayerOf<IReduceLayer, defaults::ReduceLayer> {
 public:
  Reduce(Network& n, ITensor& x, ReduceOperation kind, uint32_t axes, bool keep)
      : LayerOf(n, LayerType::kREDUCE, {&x}), kind_(kind), axes_(axes), keep_(keep) {}
  Lowered lower(Lowering& l) const override {
    static const std::map<ReduceOperation, ops::ReduceKind> kKinds = {{ReduceOperation::kSUM, ops::ReduceKind::kSum},
                                                                      {ReduceOperation::kPROD, ops::ReduceKind::kProd},
                                                                      {ReduceOperation::kMAX, ops::ReduceKind::kMax},
                                                                      {ReduceOperation::kMIN, ops::ReduceKind::kMin},
                                                                      {ReduceOperation::kAVG, ops::ReduceKind::kMean}};
    const auto it = kKinds.find(kind_);
    TRY(require(it != kKinds.end() && l.type(0).dtype != DType::kBool, "no such reduction of this type"));
    TRY(require_axes(l, axes_));
    TRY_ASSIGN(const ir::ValueId y, reduce(l, it->second, l.in[0], axes_, keep_));
    return std::vector{y};
  }

 private:
  ReduceOperation kind_;
  uint32_t axes_;
  bool keep_;
};

class SoftMax final : public LayerOf<ISoftMaxLayer, defaults::SoftMaxLayer> {
 public:
  SoftMax(Network& n, ITensor& x) : LayerOf(n, LayerType::kSOFTMAX, {&x}) {}
  void setAxes(uint32_t axes) noexcept override {
    axes_ = axes;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    TRY(require_floating(l.type(0)));
    const uint32_t axes = axes_.value_or(1U << static_cast<uint32_t>(third_from_end(l)));
    TRY(require_axes(l, axes));
    TRY(require(axes_of(axes).size() == 1, "softmax over several axes"));
    auto op = std::make_shared<ops::Softmax>();
    op->axis = axes_of(axes)[0];
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }

 private:
  std::optional<uint32_t> axes_;
};

class MatrixMultiply final : public LayerOf<IMatrixMultiplyLayer, defaults::MatrixMultiplyLayer> {
 public:
  MatrixMultiply(Network& n, ITensor& x, MatrixOperation x_form, ITensor& y, MatrixOperation y_form)
      : LayerOf(n, LayerType::kMATRIX_MULTIPLY, {&x, &y}), x_form_(x_form), y_form_(y_form) {}
  Lowered lower(Lowering& l) const override {
    TRY(require_floating(l.type(0)));
    TRY(require(l.type(0).dtype == l.type(1).dtype, str("types differ: ", l.type(0).text(), " and ", l.type(1).text())));
    TRY(require(l.rank(0) == l.rank(1) && l.rank(0) >= 2, str("ranks differ or are below 2: ", l.type(0).text(), " and ", l.type(1).text())));
    TRY(require(x_form_ != MatrixOperation::kVECTOR && y_form_ != MatrixOperation::kVECTOR, "vectors are not in the test library"));
    auto op = std::make_shared<ops::MatMul>();
    op->transpose_a = x_form_ == MatrixOperation::kTRANSPOSE;
    op->transpose_b = y_form_ == MatrixOperation::kTRANSPOSE;
    TRY_ASSIGN(const ir::ValueId y, l.add(op, l.in));
    return std::vector{y};
  }

 private:
  MatrixOperation x_form_;
  MatrixOperation y_form_;
};

class TopK final : public LayerOf<ITopKLayer, defaults::TopKLayer> {
 public:
  TopK(Network& n, ITensor& x, TopKOperation kind, int32_t k, uint32_t axes) : LayerOf(n, LayerType::kTOPK, {&x}, 2), kind_(kind), k_(k), axes_(axes) {}
  Lowered lower(Lowering& l) const override {
    TRY(require(l.type(0).dtype != DType::kBool, "bool has no order"));
    TRY(require_axes(l, axes_));
    TRY(require(axes_of(axes_).size() == 1, "more than one axis"));
    TRY(require(axes_of(axes_)[0] + 4 >= static_cast<int64_t>(l.rank(0)), str("the axis is not one of the last four of ", l.type(0).text())));
    TRY(require(k_ > 0 && k_ <= 3840, str("k is ", k_, ", want 1 to 3840")));
    auto op = std::make_shared<ops::TopK>();
    op->k = k_;
    op->axis = axes_of(axes_)[0];
    op->largest = kind_ == TopKOperation::kMAX;
    return l.graph.add_node(op, {l.in[0]}, l.name);
  }

 private:
  TopKOperation kind_;
  int32_t k_;
  uint32_t axes_;
};

class Normalization final : public LayerOf<INormalizationLayer, defaults::NormalizationLayer> {
 public:
  Normalization(Network& n, ITensor& x, ITensor& scale, ITensor& bias, uint32_t axes)
      : LayerOf(n, LayerType::kNORMALIZATION, {&x, &scale, &bias}), axes_(axes) {}
  void setEpsilon(float epsilon) noexcept override {
    epsilon_ = epsilon;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    using Kind = ops::BinaryKind;
    TRY(require_floating(l.type(0)));
    TRY(require_axes(l, axes_));
    TRY(require(l.type(1) == l.type(2), "scale and bias differ in type or shape"));
    TRY(require(l.rank(1) == l.rank(0), "scale has another rank than the input"));
    TRY(require(l.type(1).dtype == l.type(0).dtype, "scale has another type than the input"));
    const auto broadcast = broadcast_shapes(l.type(0).shape, l.type(1).shape);
    TRY(require(broadcast && *broadcast == l.type(0).shape, "scale does not broadcast to the input"));
    // Statistics are taken in f32, as the library does.
    TRY_ASSIGN(const ir::ValueId x, l.cast(l.in[0], DType::kF32));
    TRY_ASSIGN(const ir::ValueId mean, reduce(l, ops::ReduceKind::kMean, x, axes_, true));
    TRY_ASSIGN(const ir::ValueId centred, binary(l, Kind::kSub, x, mean));
    TRY_ASSIGN(const ir::ValueId squares, binary(l, Kind::kMul, centred, centred));
    TRY_ASSIGN(const ir::ValueId variance, reduce(l, ops::ReduceKind::kMean, squares, axes_, true));
    TRY_ASSIGN(const ir::ValueId epsilon, l.scalar(epsilon_, DType::kF32));
    TRY_ASSIGN(const ir::ValueId shifted, binary(l, Kind::kAdd, variance, epsilon));
    auto root = std::make_shared<ops::Unary>();
    root->kind = ops::UnaryKind::kSqrt;
    TRY_ASSIGN(const ir::ValueId deviation, l.add(root, {shifted}));
    TRY_ASSIGN(const ir::ValueId normal, binary(l, Kind::kDiv, centred, deviation));
    TRY_ASSIGN(const ir::ValueId narrow, l.cast(normal, l.type(0).dtype));
    TRY_ASSIGN(const ir::ValueId scaled, binary(l, Kind::kMul, narrow, l.in[1]));
    TRY_ASSIGN(const ir::ValueId y, binary(l, Kind::kAdd, scaled, l.in[2]));
    return std::vector{y};
  }

 private:
  uint32_t axes_;
  float epsilon_ = 1e-5F;
};

class Cumulative final : public LayerOf<ICumulativeLayer, defaults::CumulativeLayer> {
 public:
  Cumulative(Network& n, ITensor& x, ITensor& axis, bool exclusive, bool reverse)
      : LayerOf(n, LayerType::kCUMULATIVE, {&x, &axis}), exclusive_(exclusive), reverse_(reverse) {}
  Lowered lower(Lowering& l) const override {
    const std::optional<double> axis = l.number(1);
    TRY(require(axis && l.rank(1) == 0, "the axis is not a constant of rank 0"));
    TRY(require(l.type(1).dtype == DType::kI32 || l.type(1).dtype == DType::kI64, "the axis is not int32 or int64"));
    TRY(require(l.type(0).dtype != DType::kBool, "a running sum of bool"));
    auto op = std::make_shared<ops::Cumulative>();
    op->axis = static_cast<int64_t>(*axis);
    op->exclusive = exclusive_;
    op->reverse = reverse_;
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }

 private:
  bool exclusive_;
  bool reverse_;
};

/// y = x / (k + alpha / window * sum of squares over the window of channels)^beta.
class Lrn final : public LayerOf<ILRNLayer, defaults::LRNLayer> {
 public:
  Lrn(Network& n, ITensor& x, int64_t window, float alpha, float beta, float k)
      : LayerOf(n, LayerType::kLRN, {&x}), window_(window), alpha_(alpha), beta_(beta), k_(k) {}
  Lowered lower(Lowering& l) const override {
    TRY(require_floating(l.type(0)));
    TRY(require(window_ % 2 == 1 && window_ >= 1 && window_ <= 15, str("window ", window_, ", want an odd number up to 15")));
    TRY(require(k_ >= 1e-5F && k_ <= 1e10F, str("k is ", k_, ", want 1e-5 to 1e10")));
    TRY(require(alpha_ >= -1e20F && alpha_ <= 1e20F, str("alpha is ", alpha_, ", want -1e20 to 1e20")));
    auto op = std::make_shared<ops::Lrn>();
    op->depth_radius = window_ / 2;
    op->alpha = alpha_ / static_cast<double>(window_);
    op->beta = beta_;
    op->bias = k_;
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }

 private:
  int64_t window_;
  float alpha_;
  float beta_;
  float k_;
};

}  // namespace

IReduceLayer* Network::addReduce(ITensor& x, ReduceOperation kind, uint32_t axes, bool keep) noexcept {
  return keep_layer(std::make_unique<Reduce>(*this, x, kind, axes, keep));
}
ISoftMaxLayer* Network::addSoftMax(ITensor& x) noexcept { return keep_layer(std::make_unique<SoftMax>(*this, x)); }
IMatrixMultiplyLayer* Network::addMatrixMultiply(ITensor& x, MatrixOperation x_form, ITensor& y, MatrixOperation y_form) noexcept {
  return keep_layer(std::make_unique<MatrixMultiply>(*this, x, x_form, y, y_form));
}
ITopKLayer* Network::addTopK(ITensor& x, TopKOperation kind, int32_t k, uint32_t axes) noexcept {
  return keep_layer(std::make_unique<TopK>(*this, x, kind, k, axes));
}
INormalizationLayer* Network::addNormalization(ITensor& x, ITensor& scale, ITensor& bias, uint32_t axes) noexcept {
  return keep_layer(std::make_unique<Normalization>(*this, x, scale, bias, axes));
}
ICumulativeLayer* Network::addCumulative(ITensor& x, ITensor& axis, CumulativeOperation, bool exclusive, bool reverse) noexcept {
  return keep_layer(std::make_unique<Cumulative>(*this, x, axis, exclusive, reverse));
}
ILRNLayer* Network::addLRN(ITensor& x, int64_t window, float alpha, float beta, float k) noexcept {
  return keep_layer(std::make_unique<Lrn>(*this, x, window, alpha, beta, k));
}

}  // namespace mindird::test_nvinfer

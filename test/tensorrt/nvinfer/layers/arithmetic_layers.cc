// Activation, unary and elementwise layers.
#include <cmath>
#include <map>

#include "base/strings.h"
#include "network.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/compare.h"
#include "ops/elementwise/unary.h"

namespace mindird::test_nvinfer {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

Result<ir::ValueId> apply(Lowering& l, UnaryKind kind, ir::ValueId x, double alpha = 0, double beta = 0) {
  auto op = std::make_shared<ops::Unary>();
  op->kind = kind;
  op->alpha = alpha;
  op->beta = beta;
  return l.add(op, {x});
}

Result<ir::ValueId> apply(Lowering& l, BinaryKind kind, ir::ValueId x, ir::ValueId y) {
  auto op = std::make_shared<ops::Binary>();
  op->kind = kind;
  return l.add(op, {x, y});
}

/// x * factor + shift in x's type.
Result<ir::ValueId> affine(Lowering& l, ir::ValueId x, double factor, double shift) {
  const DType dtype = l.graph.type(x).dtype;
  TRY_ASSIGN(const ir::ValueId a, l.scalar(factor, dtype));
  TRY_ASSIGN(const ir::ValueId b, l.scalar(shift, dtype));
  TRY_ASSIGN(const ir::ValueId product, apply(l, BinaryKind::kMul, x, a));
  return apply(l, BinaryKind::kAdd, product, b);
}

class Activation final : public LayerOf<IActivationLayer, defaults::ActivationLayer> {
 public:
  Activation(Network& n, ITensor& x, ActivationType kind) : LayerOf(n, LayerType::kACTIVATION, {&x}), kind_(kind) {}
  void setAlpha(float alpha) noexcept override {
    alpha_ = alpha;
    changed();
  }
  void setBeta(float beta) noexcept override {
    beta_ = beta;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    if (kind_ == ActivationType::kRELU) {
      TRY(require(l.type(0).dtype != DType::kBool, "relu of bool"));
    } else {
      TRY(require_floating(l.type(0)));
    }
    TRY(require(std::isfinite(alpha_) && std::isfinite(beta_), str("alpha ", alpha_, " or beta ", beta_, " is not finite")));
    TRY_ASSIGN(const ir::ValueId y, value(l));
    return std::vector{y};
  }

 private:
  Result<ir::ValueId> value(Lowering& l) const {
    static const std::map<ActivationType, UnaryKind> kPlain = {
        {ActivationType::kRELU, UnaryKind::kRelu},         {ActivationType::kSIGMOID, UnaryKind::kSigmoid},
        {ActivationType::kTANH, UnaryKind::kTanh},         {ActivationType::kLEAKY_RELU, UnaryKind::kLeakyRelu},
        {ActivationType::kELU, UnaryKind::kElu},           {ActivationType::kSOFTSIGN, UnaryKind::kSoftsign},
        {ActivationType::kCLIP, UnaryKind::kClip},         {ActivationType::kGELU_ERF, UnaryKind::kGeluErf},
        {ActivationType::kGELU_TANH, UnaryKind::kGeluTanh}};
    const auto it = kPlain.find(kind_);
    if (it != kPlain.end()) return apply(l, it->second, l.in[0], alpha_, beta_);
    if (kind_ == ActivationType::kHARD_SIGMOID) {
      TRY_ASSIGN(const ir::ValueId line, affine(l, l.in[0], alpha_, beta_));
      return apply(l, UnaryKind::kClip, line, 0, 1);
    }
    if (kind_ == ActivationType::kSELU) {
      // x > 0 ? beta * x : beta * (alpha * exp(x) - alpha)
      TRY_ASSIGN(const ir::ValueId bent, apply(l, UnaryKind::kElu, l.in[0], alpha_));
      return affine(l, bent, beta_, 0);
    }
    if (kind_ == ActivationType::kSOFTPLUS) {
      TRY_ASSIGN(const ir::ValueId inner, affine(l, l.in[0], beta_, 0));
      TRY_ASSIGN(const ir::ValueId soft, apply(l, UnaryKind::kSoftplus, inner));
      return affine(l, soft, alpha_, 0);
    }
    return unsupported(str("activation ", static_cast<int>(kind_), " is not in the test library"));
  }

  ActivationType kind_;
  float alpha_ = 0;
  float beta_ = 0;
};

class Unary final : public LayerOf<IUnaryLayer, defaults::UnaryLayer> {
 public:
  Unary(Network& n, ITensor& x, UnaryOperation kind) : LayerOf(n, LayerType::kUNARY, {&x}), kind_(kind) {}
  Lowered lower(Lowering& l) const override {
    static const std::map<UnaryOperation, UnaryKind> kKinds = {
        {UnaryOperation::kEXP, UnaryKind::kExp},          {UnaryOperation::kLOG, UnaryKind::kLog},     {UnaryOperation::kSQRT, UnaryKind::kSqrt},
        {UnaryOperation::kRECIP, UnaryKind::kReciprocal}, {UnaryOperation::kABS, UnaryKind::kAbs},     {UnaryOperation::kNEG, UnaryKind::kNeg},
        {UnaryOperation::kSIN, UnaryKind::kSin},          {UnaryOperation::kCOS, UnaryKind::kCos},     {UnaryOperation::kTAN, UnaryKind::kTan},
        {UnaryOperation::kSINH, UnaryKind::kSinh},        {UnaryOperation::kCOSH, UnaryKind::kCosh},   {UnaryOperation::kASIN, UnaryKind::kAsin},
        {UnaryOperation::kACOS, UnaryKind::kAcos},        {UnaryOperation::kATAN, UnaryKind::kAtan},   {UnaryOperation::kASINH, UnaryKind::kAsinh},
        {UnaryOperation::kACOSH, UnaryKind::kAcosh},      {UnaryOperation::kATANH, UnaryKind::kAtanh}, {UnaryOperation::kCEIL, UnaryKind::kCeil},
        {UnaryOperation::kFLOOR, UnaryKind::kFloor},      {UnaryOperation::kERF, UnaryKind::kErf},     {UnaryOperation::kNOT, UnaryKind::kLogicalNot},
        {UnaryOperation::kSIGN, UnaryKind::kSign},        {UnaryOperation::kROUND, UnaryKind::kRound}, {UnaryOperation::kISINF, UnaryKind::kIsInf},
        {UnaryOperation::kISNAN, UnaryKind::kIsNan}};
    const DType dtype = l.type(0).dtype;
    if (kind_ == UnaryOperation::kNOT) {
      TRY(require(dtype == DType::kBool, "NOT of something else than bool"));
    } else if (kind_ == UnaryOperation::kABS || kind_ == UnaryOperation::kSIGN) {
      TRY(require(dtype != DType::kBool, "arithmetic on bool"));
    } else {
      TRY(require_floating(l.type(0)));
    }
    const auto it = kKinds.find(kind_);
    TRY(require(it != kKinds.end(), "no such unary operation"));
    TRY_ASSIGN(const ir::ValueId y, apply(l, it->second, l.in[0]));
    return std::vector{y};
  }

 private:
  UnaryOperation kind_;
};

class ElementWise final : public LayerOf<IElementWiseLayer, defaults::ElementWiseLayer> {
 public:
  ElementWise(Network& n, ITensor& x, ITensor& y, ElementWiseOperation kind) : LayerOf(n, LayerType::kELEMENTWISE, {&x, &y}), kind_(kind) {}
  Lowered lower(Lowering& l) const override {
    using Op = ElementWiseOperation;
    TRY(require(l.rank(0) == l.rank(1), str("ranks differ: ", l.type(0).text(), " and ", l.type(1).text())));
    TRY(require(l.type(0).dtype == l.type(1).dtype, str("types differ: ", l.type(0).text(), " and ", l.type(1).text())));
    const bool logical = kind_ == Op::kAND || kind_ == Op::kOR || kind_ == Op::kXOR;
    TRY(require(logical == (l.type(0).dtype == DType::kBool), "logical operations are for bool, all others are not"));
    TRY_ASSIGN(const ir::ValueId y, value(l));
    return std::vector{y};
  }

 private:
  Result<ir::ValueId> value(Lowering& l) const {
    using Op = ElementWiseOperation;
    static const std::map<Op, BinaryKind> kBinary = {
        {Op::kSUM, BinaryKind::kAdd},        {Op::kPROD, BinaryKind::kMul},     {Op::kMAX, BinaryKind::kMaximum},   {Op::kMIN, BinaryKind::kMinimum},
        {Op::kSUB, BinaryKind::kSub},        {Op::kDIV, BinaryKind::kDiv},      {Op::kPOW, BinaryKind::kPow},       {Op::kFLOOR_DIV, BinaryKind::kFloorDiv},
        {Op::kAND, BinaryKind::kLogicalAnd}, {Op::kOR, BinaryKind::kLogicalOr}, {Op::kXOR, BinaryKind::kLogicalXor}};
    static const std::map<Op, ops::CompareKind> kCompare = {
        {Op::kEQUAL, ops::CompareKind::kEqual}, {Op::kGREATER, ops::CompareKind::kGreater}, {Op::kLESS, ops::CompareKind::kLess}};
    if (const auto it = kBinary.find(kind_); it != kBinary.end()) {
      TRY_ASSIGN(const ir::ValueId y, apply(l, it->second, l.in[0], l.in[1]));
      const bool divides = kind_ == Op::kDIV || kind_ == Op::kFLOOR_DIV;
      return divides && is_integer(l.type(0).dtype) ? spoil_undefined(l, y) : y;
    }
    const auto it = kCompare.find(kind_);
    TRY(require(it != kCompare.end(), "no such elementwise operation"));
    auto op = std::make_shared<ops::Compare>();
    op->kind = it->second;
    return l.add(op, {l.in[0], l.in[1]});
  }

  /// Integers divided by zero, and the most negative one divided by -1, are undefined: a number nobody expects.
  static Result<ir::ValueId> spoil_undefined(Lowering& l, ir::ValueId quotient) {
    const DType dtype = l.type(0).dtype;
    const auto is = [&](size_t i, double value) -> Result<ir::ValueId> {
      TRY_ASSIGN(const ir::ValueId number, l.scalar(value, dtype));
      auto op = std::make_shared<ops::Compare>();
      op->kind = ops::CompareKind::kEqual;
      return l.add(op, {l.in[i], number});
    };
    TRY_ASSIGN(const ir::ValueId by_zero, is(1, 0));
    TRY_ASSIGN(const ir::ValueId by_minus_one, is(1, -1));
    TRY_ASSIGN(const ir::ValueId lowest, is(0, -std::ldexp(1.0, dtype == DType::kI32 ? 31 : 63)));
    TRY_ASSIGN(const ir::ValueId beyond, apply(l, BinaryKind::kLogicalAnd, lowest, by_minus_one));
    TRY_ASSIGN(const ir::ValueId undefined, apply(l, BinaryKind::kLogicalOr, by_zero, beyond));
    return l.spoil(undefined, quotient);
  }

  ElementWiseOperation kind_;
};

}  // namespace

IActivationLayer* Network::addActivation(ITensor& x, ActivationType kind) noexcept { return keep_layer(std::make_unique<Activation>(*this, x, kind)); }
IUnaryLayer* Network::addUnary(ITensor& x, UnaryOperation kind) noexcept { return keep_layer(std::make_unique<Unary>(*this, x, kind)); }
IElementWiseLayer* Network::addElementWise(ITensor& x, ITensor& y, ElementWiseOperation kind) noexcept {
  return keep_layer(std::make_unique<ElementWise>(*this, x, y, kind));
}

}  // namespace mindird::test_nvinfer

// Unary functions: those TensorRT has, as an activation or a unary operation, and those made of several layers.
#include "ops/elementwise/unary.h"

#include <map>
#include <optional>

#include "engines/tensorrt/builders.h"

namespace mindird::engines::tensorrt {
namespace {

using ops::UnaryKind;
using Operation = trt::UnaryOperation;
using Binary = trt::ElementWiseOperation;

struct Activation {
  trt::ActivationType type;
  std::optional<double> alpha;  // none: the operator's own
  std::optional<double> beta;
};

const std::map<UnaryKind, Activation>& activations() {
  using Type = trt::ActivationType;
  static const std::map<UnaryKind, Activation> table = {{UnaryKind::kRelu, {Type::kRELU, {}, {}}},
                                                        {UnaryKind::kSigmoid, {Type::kSIGMOID, {}, {}}},
                                                        {UnaryKind::kTanh, {Type::kTANH, {}, {}}},
                                                        {UnaryKind::kLeakyRelu, {Type::kLEAKY_RELU, {}, {}}},
                                                        {UnaryKind::kElu, {Type::kELU, {}, {}}},
                                                        {UnaryKind::kSelu, {Type::kSELU, 1.6732632423543772, 1.0507009873554805}},
                                                        {UnaryKind::kSoftsign, {Type::kSOFTSIGN, {}, {}}},
                                                        {UnaryKind::kSoftplus, {Type::kSOFTPLUS, 1.0, 1.0}},
                                                        {UnaryKind::kClip, {Type::kCLIP, {}, {}}},
                                                        {UnaryKind::kRelu6, {Type::kCLIP, 0.0, 6.0}},
                                                        {UnaryKind::kHardSigmoid, {Type::kHARD_SIGMOID, 1.0 / 6, 0.5}},
                                                        {UnaryKind::kGeluErf, {Type::kGELU_ERF, {}, {}}},
                                                        {UnaryKind::kGeluTanh, {Type::kGELU_TANH, {}, {}}}};
  return table;
}

const std::map<UnaryKind, Operation>& operations() {
  static const std::map<UnaryKind, Operation> table = {
      {UnaryKind::kAbs, Operation::kABS},          {UnaryKind::kNeg, Operation::kNEG},        {UnaryKind::kSign, Operation::kSIGN},
      {UnaryKind::kFloor, Operation::kFLOOR},      {UnaryKind::kCeil, Operation::kCEIL},      {UnaryKind::kRound, Operation::kROUND},
      {UnaryKind::kExp, Operation::kEXP},          {UnaryKind::kLog, Operation::kLOG},        {UnaryKind::kSqrt, Operation::kSQRT},
      {UnaryKind::kReciprocal, Operation::kRECIP}, {UnaryKind::kSin, Operation::kSIN},        {UnaryKind::kCos, Operation::kCOS},
      {UnaryKind::kTan, Operation::kTAN},          {UnaryKind::kAsin, Operation::kASIN},      {UnaryKind::kAcos, Operation::kACOS},
      {UnaryKind::kAtan, Operation::kATAN},        {UnaryKind::kSinh, Operation::kSINH},      {UnaryKind::kCosh, Operation::kCOSH},
      {UnaryKind::kAsinh, Operation::kASINH},      {UnaryKind::kAcosh, Operation::kACOSH},    {UnaryKind::kAtanh, Operation::kATANH},
      {UnaryKind::kErf, Operation::kERF},          {UnaryKind::kLogicalNot, Operation::kNOT}, {UnaryKind::kIsNan, Operation::kISNAN},
      {UnaryKind::kIsInf, Operation::kISINF}};
  return table;
}

/// The pieces of composed functions, on one input.
struct Composer {
  NodeBuilder& b;
  const ops::Unary& op;
  trt::ITensor* x;

  trt::ITensor* number(double value) const { return b.scalar(value, b.type(0).dtype, b.rank(0)); }
  trt::ITensor* times(trt::ITensor* t, double value) const { return b.binary(t, number(value), Binary::kPROD); }
  trt::ITensor* activate(trt::ITensor* t, UnaryKind kind) const {
    const Activation& a = activations().at(kind);
    return b.activation(t, a.type, static_cast<float>(a.alpha.value_or(op.alpha)), static_cast<float>(a.beta.value_or(op.beta)));
  }
};

using Compose = trt::ITensor* (*)(const Composer& c);

// tanh(x/2) (exp(x)+1) keeps its digits near 0, where exp(x)-1 loses them.
trt::ITensor* expm1(const Composer& c) {
  trt::ITensor* half = c.activate(c.times(c.x, 0.5), UnaryKind::kTanh);
  return c.b.binary(half, c.b.binary(c.b.unary(c.x, Operation::kEXP), c.number(1), Binary::kSUM), Binary::kPROD);
}
trt::ITensor* log1p(const Composer& c) { return c.b.unary(c.b.binary(c.x, c.number(1), Binary::kSUM), Operation::kLOG); }
trt::ITensor* rsqrt(const Composer& c) { return c.b.unary(c.b.unary(c.x, Operation::kSQRT), Operation::kRECIP); }
trt::ITensor* square(const Composer& c) { return c.b.binary(c.x, c.x, Binary::kPROD); }
trt::ITensor* erfc(const Composer& c) { return c.b.binary(c.number(1), c.b.unary(c.x, Operation::kERF), Binary::kSUB); }
trt::ITensor* hard_swish(const Composer& c) { return c.b.binary(c.x, c.activate(c.x, UnaryKind::kHardSigmoid), Binary::kPROD); }
trt::ITensor* silu(const Composer& c) { return c.b.binary(c.x, c.activate(c.x, UnaryKind::kSigmoid), Binary::kPROD); }
trt::ITensor* fast_gelu(const Composer& c) { return c.b.binary(c.x, c.activate(c.times(c.x, 1.702), UnaryKind::kSigmoid), Binary::kPROD); }
trt::ITensor* mish(const Composer& c) { return c.b.binary(c.x, c.activate(c.activate(c.x, UnaryKind::kSoftplus), UnaryKind::kTanh), Binary::kPROD); }
trt::ITensor* log_sigmoid(const Composer& c) { return c.b.unary(c.activate(c.b.unary(c.x, Operation::kNEG), UnaryKind::kSoftplus), Operation::kNEG); }
/// alpha * elu(x / alpha) with elu's own alpha of 1.
trt::ITensor* celu(const Composer& c) { return c.times(c.b.activation(c.times(c.x, 1 / c.op.alpha), trt::ActivationType::kELU, 1), c.op.alpha); }
trt::ITensor* is_finite(const Composer& c) {
  return c.b.unary(c.b.binary(c.b.unary(c.x, Operation::kISNAN), c.b.unary(c.x, Operation::kISINF), Binary::kOR), Operation::kNOT);
}

const std::map<UnaryKind, Compose>& compositions() {
  static const std::map<UnaryKind, Compose> table = {{UnaryKind::kExpm1, expm1}, {UnaryKind::kLog1p, log1p},
                                                     {UnaryKind::kRsqrt, rsqrt}, {UnaryKind::kSquare, square},
                                                     {UnaryKind::kErfc, erfc},   {UnaryKind::kHardSwish, hard_swish},
                                                     {UnaryKind::kSilu, silu},   {UnaryKind::kFastGelu, fast_gelu},
                                                     {UnaryKind::kMish, mish},   {UnaryKind::kLogSigmoid, log_sigmoid},
                                                     {UnaryKind::kCelu, celu},   {UnaryKind::kIsFinite, is_finite}};
  return table;
}

Verdict supports(const ir::Graph& graph, const ir::Node& node) {
  const auto kind = static_cast<const ops::Unary&>(*node.op).kind;
  if (kind == UnaryKind::kLogicalNot) return Verdict::accept();
  if (kind == UnaryKind::kAbs || kind == UnaryKind::kSign || kind == UnaryKind::kSquare) {
    return input_type_among(graph, node, {DType::kF32, DType::kF16, DType::kBF16, DType::kI32, DType::kI64});
  }
  return floating_input(graph, node);
}

Status build(NodeBuilder& b) {
  const auto& op = b.op<ops::Unary>();
  const Composer c{b, op, b.input(0)};
  if (activations().count(op.kind)) return b.finish(c.activate(c.x, op.kind));
  if (const auto it = operations().find(op.kind); it != operations().end()) return b.finish(b.unary(c.x, it->second));
  return b.finish(compositions().at(op.kind)(c));
}

REGISTER_BUILDER(Unary, {.supports = supports, .build = build});

}  // namespace
}  // namespace mindird::engines::tensorrt

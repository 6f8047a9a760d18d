// Unary: y = f(x), elementwise. `alpha` and `beta` are the parameters of leaky_relu, elu, celu (alpha) and clip (alpha = low, beta = high).
// is_* give bool, logical_not is bool to bool, all others keep the dtype. relu, relu6 turn NaN into 0 as MindSpore does; round is half to even.
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class UnaryKind : uint8_t {
  kAbs,
  kNeg,
  kSign,
  kFloor,
  kCeil,
  kRound,
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kSquare,
  kSin,
  kCos,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kTanh,
  kAsinh,
  kAcosh,
  kAtanh,
  kErf,
  kErfc,
  kSigmoid,
  kRelu,
  kRelu6,
  kLeakyRelu,
  kElu,
  kCelu,
  kSelu,
  kHardSigmoid,
  kHardSwish,
  kGeluErf,
  kGeluTanh,
  kFastGelu,
  kSilu,
  kMish,
  kSoftplus,
  kSoftsign,
  kLogSigmoid,
  kClip,
  kLogicalNot,
  kIsNan,
  kIsInf,
  kIsFinite
};
inline constexpr std::array<std::string_view, 50> kUnaryKindNames = {
    "abs",   "neg",        "sign",       "floor",    "ceil",        "round",        "exp",         "expm1",    "log",       "log1p",
    "sqrt",  "rsqrt",      "reciprocal", "square",   "sin",         "cos",          "tan",         "asin",     "acos",      "atan",
    "sinh",  "cosh",       "tanh",       "asinh",    "acosh",       "atanh",        "erf",         "erfc",     "sigmoid",   "relu",
    "relu6", "leaky_relu", "elu",        "celu",     "selu",        "hard_sigmoid", "hard_swish",  "gelu_erf", "gelu_tanh", "fast_gelu",
    "silu",  "mish",       "softplus",   "softsign", "log_sigmoid", "clip",         "logical_not", "is_nan",   "is_inf",    "is_finite"};

struct Unary final : ir::Op {
  static constexpr std::string_view kId = "Unary";

  UnaryKind kind = UnaryKind::kAbs;
  double alpha = 0;
  double beta = 0;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops

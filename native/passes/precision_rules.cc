#include "passes/precision_rules.h"

#include <map>
#include <string>

#include "ops/elementwise/binary.h"
#include "ops/reduction/reduce.h"
#include "ops/image/resize.h"
#include "ops/elementwise/unary.h"
#include "ops/scatter/scatter_elements.h"
#include "ops/scatter/scatter_nd.h"

namespace mindird::passes {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

constexpr PrecisionRule kProducts{Gain::kProducts, Size::kBounded};
constexpr PrecisionRule kFollows{Gain::kFollows, Size::kAsInput};
constexpr PrecisionRule kSquashes{Gain::kFollows, Size::kBounded};
constexpr PrecisionRule kMoves{Gain::kMoves, Size::kAsInput};

constexpr PrecisionRule loses(std::string_view why, Size size = Size::kAsInput) { return {Gain::kLoses, size, why}; }

constexpr std::string_view kSteep = "small errors of its input become large ones";
constexpr std::string_view kStep = "it jumps between nearly equal values";
constexpr std::string_view kSum = "a sum over many elements";
constexpr std::string_view kOrder = "it orders nearly equal values";

const std::map<std::string_view, PrecisionRule>& operators() {
  static const std::map<std::string_view, PrecisionRule> table = {
      {"Conv", kProducts},
      {"ConvTranspose", kProducts},
      {"MatMul", kProducts},
      {"Attention", kProducts},
      {"ChannelAffine", kFollows},
      {"Pool", kFollows},
      {"AdaptivePool", kFollows},
      {"Cast", kMoves},
      {"Concat", kMoves},
      {"Expand", kMoves},
      {"Gather", kMoves},
      {"GatherElements", kMoves},
      {"GatherNd", kMoves},
      {"Identity", kMoves},
      {"MaskedSelect", kMoves},
      {"OneHot", kMoves},
      {"Pad", kMoves},
      {"Reshape", kMoves},
      {"Reverse", kMoves},
      {"Select", kMoves},
      {"Slice", kMoves},
      {"Tile", kMoves},
      {"Transpose", kMoves},
      {"Triangle", kMoves},
      {"ArgReduce", loses(kOrder)},
      {"BatchNorm", loses("it divides by a deviation")},
      {"Compare", loses(kStep)},
      {"Cumulative", loses(kSum, Size::kWide)},
      {"CumulativeExtreme", loses(kOrder)},
      {"GridSample", loses("it computes positions")},
      {"GroupNorm", loses("sums of squares over many elements", Size::kBounded)},
      {"LayerNorm", loses("sums of squares over many elements", Size::kBounded)},
      {"Lrn", loses("sums of squares")},
      {"Lstm", loses("errors grow from step to step", Size::kBounded)},
      {"Softmax", loses("exponentials and their sum", Size::kBounded)},
      {"Sort", loses(kOrder)},
      {"TopK", loses(kOrder)},
  };
  return table;
}

const std::map<UnaryKind, PrecisionRule>& unaries() {
  static const std::map<UnaryKind, PrecisionRule> table = {
      {UnaryKind::kAbs, kFollows},
      {UnaryKind::kNeg, kFollows},
      {UnaryKind::kRelu, kFollows},
      {UnaryKind::kLeakyRelu, kFollows},
      {UnaryKind::kElu, kFollows},
      {UnaryKind::kCelu, kFollows},
      {UnaryKind::kSelu, kFollows},
      {UnaryKind::kHardSwish, kFollows},
      {UnaryKind::kGeluErf, kFollows},
      {UnaryKind::kGeluTanh, kFollows},
      {UnaryKind::kFastGelu, kFollows},
      {UnaryKind::kSilu, kFollows},
      {UnaryKind::kMish, kFollows},
      {UnaryKind::kSoftplus, kFollows},
      {UnaryKind::kIsNan, kFollows},
      {UnaryKind::kIsFinite, kFollows},
      {UnaryKind::kIsInf, kFollows},
      {UnaryKind::kClip, kFollows},
      {UnaryKind::kTanh, kSquashes},
      {UnaryKind::kSigmoid, kSquashes},
      {UnaryKind::kHardSigmoid, kSquashes},
      {UnaryKind::kRelu6, kSquashes},
      {UnaryKind::kSoftsign, kSquashes},
      {UnaryKind::kErf, kSquashes},
      {UnaryKind::kSign, loses(kStep, Size::kBounded)},
      {UnaryKind::kFloor, loses(kStep)},
      {UnaryKind::kCeil, loses(kStep)},
      {UnaryKind::kRound, loses(kStep)},
      {UnaryKind::kErfc, loses(kSteep, Size::kBounded)},
      {UnaryKind::kLog, loses(kSteep, Size::kBounded)},
      {UnaryKind::kLog1p, loses(kSteep, Size::kBounded)},
      {UnaryKind::kLogSigmoid, loses(kSteep)},
      {UnaryKind::kSqrt, loses(kSteep)},
      {UnaryKind::kSin, loses(kSteep, Size::kBounded)},
      {UnaryKind::kCos, loses(kSteep, Size::kBounded)},
      {UnaryKind::kAsin, loses(kSteep, Size::kBounded)},
      {UnaryKind::kAcos, loses(kSteep, Size::kBounded)},
      {UnaryKind::kAtan, loses(kSteep, Size::kBounded)},
      {UnaryKind::kAsinh, loses(kSteep, Size::kBounded)},
      {UnaryKind::kAcosh, loses(kSteep, Size::kBounded)},
      {UnaryKind::kAtanh, loses(kSteep, Size::kBounded)},
  };
  return table;
}

/// exp, square, reciprocals and the like have no entry: they lose, and what they give may be of any size.
PrecisionRule unary_rule(UnaryKind kind) {
  const auto it = unaries().find(kind);
  return it == unaries().end() ? loses(kSteep, Size::kWide) : it->second;
}

PrecisionRule binary_rule(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kAdd:
    case BinaryKind::kSub:
    case BinaryKind::kMul:
    case BinaryKind::kMaximum:
    case BinaryKind::kMinimum: return kFollows;
    case BinaryKind::kAtan2: return loses(kSteep, Size::kBounded);
    case BinaryKind::kFloorDiv:
    case BinaryKind::kFloorMod:
    case BinaryKind::kTruncMod: return loses(kStep, Size::kWide);
    default: return loses(kSteep, Size::kWide);
  }
}

PrecisionRule scatter_rule(ops::ScatterKind kind) {
  return kind == ops::ScatterKind::kUpdate ? kMoves : loses("a sum or product of any number of elements", Size::kWide);
}

PrecisionRule reduce_rule(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kMax:
    case ReduceKind::kMin: return kFollows;
    case ReduceKind::kMean: return loses(kSum);
    case ReduceKind::kSum: return loses(kSum, Size::kWide);
    default: return loses("a product of many elements", Size::kWide);
  }
}

}  // namespace

PrecisionRule precision_rule(const ir::Op& op) {
  if (const auto* unary = ir::op_cast<ops::Unary>(op)) return unary_rule(unary->kind);
  if (const auto* binary = ir::op_cast<ops::Binary>(op)) return binary_rule(binary->kind);
  if (const auto* reduce = ir::op_cast<ops::Reduce>(op)) return reduce_rule(reduce->kind);
  if (const auto* resize = ir::op_cast<ops::Resize>(op)) return resize->mode == ops::ResizeMode::kNearest ? kMoves : kFollows;
  if (const auto* scatter = ir::op_cast<ops::ScatterNd>(op)) return scatter_rule(scatter->kind);
  if (const auto* scatter = ir::op_cast<ops::ScatterElements>(op)) return scatter_rule(scatter->kind);
  const auto it = operators().find(op.id());
  return it == operators().end() ? loses("no rule says that it can be computed in a lower format", Size::kWide) : it->second;
}

}  // namespace mindird::passes

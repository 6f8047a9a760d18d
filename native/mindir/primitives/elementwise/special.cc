// Primitives that are one special function.
#include <cmath>
#include <numbers>

#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"
#include "ops/special/special.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;
using ops::SpecialKind;

Result<ir::ValueId> emit_special(Call& call, SpecialKind kind, std::vector<ir::ValueId> inputs) {
  auto op = std::make_shared<ops::Special>();
  op->kind = kind;
  return call.emit(std::move(op), std::move(inputs));
}

/// Functions of one tensor into the reals: integers become float32 first.
LowerFunction function(SpecialKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(ir::ValueId x, call.tensor(0));
    if (!is_floating(call.type(x).dtype)) {
      TRY_ASSIGN(x, call.cast(x, DType::kF32));
    }
    return call.result(emit_special(call, kind, {x}));
  };
}

LowerFunction of_two(SpecialKind kind) {
  return [kind](Call& call) -> Result<Item> {
    TRY_ASSIGN(const auto pair, floating_operands(call));
    return call.result(emit_special(call, kind, {pair.first, pair.second}));
  };
}

/// The order is an integer tensor, the result has the type of x.
Result<Item> lower_polygamma(Call& call) {
  TRY_ASSIGN(ir::ValueId order, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId x, call.tensor(1));
  TRY_ASSIGN(order, call.cast(order, call.type(x).dtype));
  return call.result(emit_special(call, SpecialKind::kPolygamma, {order, x}));
}

Result<Item> lower_betainc(Call& call) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(inputs.emplace_back(), call.tensor(i));
  }
  return call.result(emit_special(call, SpecialKind::kBetaI, std::move(inputs)));
}

/// ln of the multivariate gamma function: p (p-1) / 4 ln π + Σ ln Γ(x - j/2) over j < p.
Result<Item> lower_mvlgamma(Call& call) {
  constexpr int64_t kMostTerms = 1024;
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t p, call.integer("p", 1));
  if (p < 1 || p > kMostTerms) return unsupported(str("p is ", p, ", want 1 to ", kMostTerms));
  ir::ValueId sum = 0;
  for (int64_t j = 0; j < p; ++j) {
    TRY_ASSIGN(const ir::ValueId shifted, call.binary(BinaryKind::kSub, x, static_cast<double>(j) / 2));
    TRY_ASSIGN(const ir::ValueId term, emit_special(call, SpecialKind::kLogGamma, {shifted}));
    if (j == 0) {
      sum = term;
    } else {
      TRY_ASSIGN(sum, call.binary(BinaryKind::kAdd, sum, term));
    }
  }
  const double shift = static_cast<double>(p * (p - 1)) / 4 * std::log(std::numbers::pi);
  return call.result(call.binary(BinaryKind::kAdd, sum, shift));
}

REGISTER_PRIMITIVE(Lgamma, function(SpecialKind::kLogGamma));
REGISTER_PRIMITIVE(Digamma, function(SpecialKind::kDigamma));
REGISTER_PRIMITIVE(Erfinv, function(SpecialKind::kErfInv));
REGISTER_PRIMITIVE(BesselI0, function(SpecialKind::kBesselI0));
REGISTER_PRIMITIVE(BesselI0e, function(SpecialKind::kBesselI0e));
REGISTER_PRIMITIVE(BesselI1, function(SpecialKind::kBesselI1));
REGISTER_PRIMITIVE(BesselI1e, function(SpecialKind::kBesselI1e));
REGISTER_PRIMITIVE(BesselJ0, function(SpecialKind::kBesselJ0));
REGISTER_PRIMITIVE(BesselJ1, function(SpecialKind::kBesselJ1));
REGISTER_PRIMITIVE(BesselK0, function(SpecialKind::kBesselK0));
REGISTER_PRIMITIVE(BesselK0e, function(SpecialKind::kBesselK0e));
REGISTER_PRIMITIVE(BesselK1, function(SpecialKind::kBesselK1));
REGISTER_PRIMITIVE(BesselK1e, function(SpecialKind::kBesselK1e));
REGISTER_PRIMITIVE(BesselY0, function(SpecialKind::kBesselY0));
REGISTER_PRIMITIVE(BesselY1, function(SpecialKind::kBesselY1));
REGISTER_PRIMITIVE(Zeta, of_two(SpecialKind::kZeta));
REGISTER_PRIMITIVE(Igamma, of_two(SpecialKind::kGammaP));
REGISTER_PRIMITIVE(Igammac, of_two(SpecialKind::kGammaQ));
REGISTER_PRIMITIVE(Hypot, of_two(SpecialKind::kHypot));
REGISTER_PRIMITIVE(NextAfter, of_two(SpecialKind::kNextAfter));
REGISTER_PRIMITIVE(Polygamma, lower_polygamma);
REGISTER_PRIMITIVE(Betainc, lower_betainc);
REGISTER_PRIMITIVE(Mvlgamma, lower_mvlgamma);

}  // namespace
}  // namespace mindird::mindir

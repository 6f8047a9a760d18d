// Special: y = f(x, …), elementwise with NumPy broadcasting over one to three inputs of one floating type: the special functions, which no engine has kernels
// for. Computed in double whatever the type; next_after alone depends on it, and has no f16 and bf16. Arguments outside a function's domain give NaN.
//
//   log_gamma digamma erf_inv bessel_*   of x                 zeta(x, q)         polygamma(n, x)       gamma_p, gamma_q (a, x)
//   hypot(x, y)                          next_after(x, y)     beta_i(a, b, x)
#pragma once

#include <array>
#include <string_view>

#include "ir/op.h"

namespace mindird::ops {

enum class SpecialKind : uint8_t {
  kLogGamma,
  kDigamma,
  kErfInv,
  kBesselI0,
  kBesselI0e,
  kBesselI1,
  kBesselI1e,
  kBesselJ0,
  kBesselJ1,
  kBesselK0,
  kBesselK0e,
  kBesselK1,
  kBesselK1e,
  kBesselY0,
  kBesselY1,
  kZeta,
  kPolygamma,
  kGammaP,
  kGammaQ,
  kHypot,
  kNextAfter,
  kBetaI
};
inline constexpr std::array<std::string_view, 22> kSpecialKindNames = {
    "log_gamma", "digamma",    "erf_inv",   "bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "bessel_j0", "bessel_j1", "bessel_k0",  "bessel_k0e",
    "bessel_k1", "bessel_k1e", "bessel_y0", "bessel_y1", "zeta",       "polygamma", "gamma_p",    "gamma_q",   "hypot",     "next_after", "beta_i"};

struct Special final : ir::Op {
  static constexpr std::string_view kId = "Special";

  SpecialKind kind = SpecialKind::kLogGamma;

  std::string_view id() const override { return kId; }
  ir::Traits traits() const override { return {.elementwise = true}; }
  void attributes(ir::AttributeVisitor& v) override;
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops

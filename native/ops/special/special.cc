#include "ops/special/special.h"

#include <cmath>

#include "ops/elementwise/broadcast_loops.h"
#include "ops/special/bessel.h"
#include "ops/special/erf_inv.h"
#include "ops/special/gamma.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

using One = double (*)(double);
using Two = double (*)(double, double);

One one_operand(SpecialKind kind) {
  using namespace special;
  switch (kind) {
    case SpecialKind::kLogGamma: return log_gamma;
    case SpecialKind::kDigamma: return digamma;
    case SpecialKind::kErfInv: return erf_inv;
    case SpecialKind::kBesselI0: return [](double x) { return bessel_i(0, x); };
    case SpecialKind::kBesselI0e: return [](double x) { return bessel_i_scaled(0, x); };
    case SpecialKind::kBesselI1: return [](double x) { return bessel_i(1, x); };
    case SpecialKind::kBesselI1e: return [](double x) { return bessel_i_scaled(1, x); };
    case SpecialKind::kBesselJ0: return [](double x) { return bessel_j(0, x); };
    case SpecialKind::kBesselJ1: return [](double x) { return bessel_j(1, x); };
    case SpecialKind::kBesselK0: return [](double x) { return bessel_k(0, x); };
    case SpecialKind::kBesselK0e: return [](double x) { return bessel_k_scaled(0, x); };
    case SpecialKind::kBesselK1: return [](double x) { return bessel_k(1, x); };
    case SpecialKind::kBesselK1e: return [](double x) { return bessel_k_scaled(1, x); };
    case SpecialKind::kBesselY0: return [](double x) { return bessel_y(0, x); };
    case SpecialKind::kBesselY1: return [](double x) { return bessel_y(1, x); };
    default: return nullptr;
  }
}

Two two_operands(SpecialKind kind) {
  switch (kind) {
    case SpecialKind::kZeta: return special::zeta;
    case SpecialKind::kPolygamma: return special::polygamma;
    case SpecialKind::kGammaP: return special::gamma_p;
    case SpecialKind::kGammaQ: return special::gamma_q;
    case SpecialKind::kHypot: return [](double x, double y) { return std::hypot(x, y); };
    default: return nullptr;
  }
}

size_t operand_count(SpecialKind kind) { return one_operand(kind) ? 1 : kind == SpecialKind::kBetaI ? 3 : 2; }

template <class T>
void run_one(One function, const Tensor& x, const Tensor& out) {
  const auto from = x.as<const T>();
  const auto to = out.as<T>();
  for (size_t i = 0; i < from.size(); ++i) to[i] = narrow<T>(function(widen(from[i])));
}

template <class T>
void run_two(Two function, const Tensor& x, const Tensor& y, const Tensor& out) {
  broadcast_loop<T, T>(x, y, out, [function](T a, T b) { return narrow<T>(function(widen(a), widen(b))); });
}

template <class T>
void run_beta(const ir::EvalArgs& args) {
  const auto& in = args.inputs;
  const BroadcastWalk<3> walk(args.outputs[0].shape(), {&in[0].shape(), &in[1].shape(), &in[2].shape()});
  const auto to = args.outputs[0].as<T>();
  walk.for_each_run([&](int64_t at, const std::array<int64_t, 3>& from) {
    for (int64_t i = 0; i < walk.run(); ++i) {
      const auto operand = [&](size_t k) { return widen(in[k].as<const T>()[static_cast<size_t>(from[k] + i * walk.step(k))]); };
      to[static_cast<size_t>(at + i)] = narrow<T>(special::beta_i(operand(0), operand(1), operand(2)));
    }
  });
}

}  // namespace

void Special::attributes(ir::AttributeVisitor& v) { v.choice("kind", kind, kSpecialKindNames); }

Result<ir::Types> Special::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, operand_count(kind)));
  TRY(expect_floating(in, 0));
  TRY(expect_same_dtype(in));
  if (kind == SpecialKind::kNextAfter && dtype_size(in[0].dtype) < 4) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", want f32 or f64 for next_after"));
  }
  Shape shape = in[0].shape;
  for (const TensorType& type : in.subspan(1)) {
    const auto joined = broadcast_shapes(shape, type.shape);
    if (!joined) return invalid_argument(str("inputs ", in[0].text(), " and ", type.text(), " do not broadcast"));
    shape = *joined;
  }
  return one_output({in[0].dtype, shape});
}

Status Special::evaluate(const ir::EvalArgs& args) const {
  const auto& in = args.inputs;
  const Tensor& out = args.outputs[0];
  if (kind == SpecialKind::kNextAfter) {
    if (out.dtype() == DType::kF64) {
      broadcast_loop<double, double>(in[0], in[1], out, [](double x, double y) { return std::nextafter(x, y); });
    } else {
      broadcast_loop<float, float>(in[0], in[1], out, [](float x, float y) { return std::nextafter(x, y); });
    }
    return {};
  }
  return dispatch_floating(out.dtype(), [&]<class T>() {
    if (const One one = one_operand(kind)) {
      run_one<T>(one, in[0], out);
    } else if (const Two two = two_operands(kind)) {
      run_two<T>(two, in[0], in[1], out);
    } else {
      run_beta<T>(args);
    }
  });
}

/// Tens of multiply-adds an element: series and fractions of that many terms.
double Special::cost(std::span<const TensorType>, std::span<const TensorType> out) const { return 50 * static_cast<double>(out[0].shape.elements()); }

std::optional<ir::BatchAxis> Special::batch_axis(const ir::BatchArgs& args) const { return elementwise_batch_axis(args); }

REGISTER_OP(Special);

}  // namespace mindird::ops

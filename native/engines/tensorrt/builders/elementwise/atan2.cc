// atan2(y, x), from its definition as the angle of the point (x, y) and the special values that the C standard lists for it (annex F):
//
//   a = atan(|y| / |x|)              0 ≤ a ≤ π/2, the angle in the first quadrant; a quotient of infinity gives π/2
//       0/0 counts as 0, ∞/∞ as 1    where the quotient is no number: angles of 0 and π/4
//   a → π - a                        where x is negative, -0 included
//   a → -a                           where y is negative, -0 included
//
// A NaN in either operand goes through the quotient, which none of the selections then replaces. Computed in f32, since π - a would round twice in a
// shorter type.
#include "engines/tensorrt/builders/elementwise/atan2.h"

#include <numbers>

namespace mindird::engines::tensorrt {
namespace {

using Binary = trt::ElementWiseOperation;
using Unary = trt::UnaryOperation;

class Angle {
 public:
  Angle(NodeBuilder& b, trt::ITensor* y, trt::ITensor* x, size_t rank) : b_(b), y_(y), x_(x), rank_(rank) {}

  trt::ITensor* run() {
    trt::ITensor* first = b_.unary(quotient(), Unary::kATAN);
    trt::ITensor* half = b_.select(negative(x_), b_.binary(number(std::numbers::pi), first, Binary::kSUB), first);
    return b_.select(negative(y_), b_.unary(half, Unary::kNEG), half);
  }

 private:
  trt::ITensor* number(double value) { return b_.scalar(value, DType::kF32, rank_); }

  /// |y| / |x|, with a number also where both are zero or both infinite.
  trt::ITensor* quotient() {
    trt::ITensor* const y = b_.unary(y_, Unary::kABS);
    trt::ITensor* const x = b_.unary(x_, Unary::kABS);
    trt::ITensor* const zero = number(0);
    const auto both = [&](auto holds) { return b_.binary(holds(y), holds(x), Binary::kAND); };
    trt::ITensor* const origin = both([&](trt::ITensor* t) { return b_.binary(t, zero, Binary::kEQUAL); });
    trt::ITensor* const diagonal = both([&](trt::ITensor* t) { return b_.unary(t, Unary::kISINF); });
    return b_.select(origin, zero, b_.select(diagonal, number(1), b_.binary(y, x, Binary::kDIV)));
  }

  /// Comparisons do not tell -0 from 0; reciprocals do, and only those of infinities are zeros.
  trt::ITensor* negative(trt::ITensor* t) {
    trt::ITensor* const zero = number(0);
    const auto below = [&](trt::ITensor* one) { return b_.binary(one, zero, Binary::kLESS); };
    return b_.binary(below(t), below(b_.unary(t, Unary::kRECIP)), Binary::kOR);
  }

  NodeBuilder& b_;
  trt::ITensor* y_;
  trt::ITensor* x_;
  size_t rank_;
};

}  // namespace

trt::ITensor* atan2(NodeBuilder& b, trt::ITensor* y, trt::ITensor* x, size_t rank) {
  const DType dtype = b.output_type().dtype;
  if (dtype == DType::kF32) return Angle(b, y, x, rank).run();
  return b.cast(Angle(b, b.cast(y, DType::kF32), b.cast(x, DType::kF32), rank).run(), dtype);
}

}  // namespace mindird::engines::tensorrt

// TensorRT does not say what an integer divided by zero is, nor what the most negative one divided by -1 is. So the layers never see these divisors:
//
//   d = y is 0 or -1 ? 1 : y        q = x / d        quotient = y is 0 ? 0 : y is -1 ? 0 - x : q        remainder = x - d * q
//
// which is what the operator means: zero for a division by zero, and a remainder of zero for both. A constant without these divisors needs none of it.
#include "engines/tensorrt/builders/elementwise/integer_division.h"

#include <algorithm>

namespace mindird::engines::tensorrt {
namespace {

using ops::BinaryKind;
using Operation = trt::ElementWiseOperation;

/// Neither 0 nor -1 is among the divisors.
bool divides_plainly(const Constant& divisor) {
  const auto all = [](auto values) { return std::none_of(values.begin(), values.end(), [](auto v) { return v == 0 || v == -1; }); };
  if (divisor.type().dtype == DType::kI32) return all(divisor.as<int32_t>());
  return divisor.type().dtype == DType::kI64 && all(divisor.as<int64_t>());
}

trt::ITensor* quotient(NodeBuilder& b, BinaryKind kind, trt::ITensor* x, trt::ITensor* y) {
  const bool down = kind == BinaryKind::kFloorDiv || kind == BinaryKind::kFloorMod;
  return b.binary(x, y, down ? Operation::kFLOOR_DIV : Operation::kDIV);  // the other rounds towards zero
}

}  // namespace

bool is_division(BinaryKind kind) {
  return kind == BinaryKind::kDiv || kind == BinaryKind::kFloorDiv || kind == BinaryKind::kFloorMod || kind == BinaryKind::kTruncMod;
}

trt::ITensor* divide_integers(NodeBuilder& b, trt::ITensor* x, trt::ITensor* y, size_t rank) {
  const BinaryKind kind = b.op<ops::Binary>().kind;
  const bool rest = kind == BinaryKind::kFloorMod || kind == BinaryKind::kTruncMod;
  const auto minus = [&](trt::ITensor* from, trt::ITensor* t) { return b.binary(from, t, Operation::kSUB); };
  const Constant* const constant = b.constant(1);
  if (constant && divides_plainly(*constant)) {
    trt::ITensor* const q = quotient(b, kind, x, y);
    return rest ? minus(x, b.binary(y, q, Operation::kPROD)) : q;
  }
  const auto number = [&](double value) { return b.scalar(value, b.type(1).dtype, rank); };
  trt::ITensor* const zero = number(0);
  trt::ITensor* const by_zero = b.binary(y, zero, Operation::kEQUAL);
  trt::ITensor* const by_minus_one = b.binary(y, number(-1), Operation::kEQUAL);
  trt::ITensor* const divisor = b.select(b.binary(by_zero, by_minus_one, Operation::kOR), number(1), y);
  trt::ITensor* const q = quotient(b, kind, x, divisor);
  if (rest) return minus(x, b.binary(divisor, q, Operation::kPROD));
  return b.select(by_zero, zero, b.select(by_minus_one, minus(zero, x), q));
}

}  // namespace mindird::engines::tensorrt

// Bits counted, and answers packed into bits.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

/// `pattern` repeated over the bits of a type, as a constant of it.
Result<ir::ValueId> mask_of(Call& call, uint64_t pattern, DType dtype) {
  return call.constant({dtype, {}}, std::as_bytes(std::span(&pattern, 1)).first(dtype_size(dtype)));
}

/// (x & mask) + ((x >> by) & mask)
Result<ir::ValueId> add_neighbours(Call& call, ir::ValueId x, int64_t by, uint64_t pattern) {
  TRY_ASSIGN(const ir::ValueId mask, mask_of(call, pattern, call.type(x).dtype));
  TRY_ASSIGN(const ir::ValueId low, call.binary(BinaryKind::kBitAnd, x, mask));
  TRY_ASSIGN(const ir::ValueId moved, call.binary(BinaryKind::kShiftRight, x, static_cast<double>(by)));
  TRY_ASSIGN(const ir::ValueId high, call.binary(BinaryKind::kBitAnd, moved, mask));
  return call.binary(BinaryKind::kAdd, low, high);
}

/// The number of ones, as uint8: sums of neighbouring bits, then of pairs, of fours and so on. The masks drop the copies of the sign that shifts bring in.
Result<Item> lower_population_count(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  const auto width = static_cast<int64_t>(dtype_size(call.type(x).dtype)) * 8;
  const uint64_t patterns[] = {0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f, 0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff};
  for (size_t i = 0; int64_t{1} << i < width; ++i) {
    TRY_ASSIGN(x, add_neighbours(call, x, int64_t{1} << i, patterns[i]));
  }
  return call.result(call.cast(x, DType::kU8));
}

/// Whether numbers are above a threshold, eight answers to a byte along the last dim, the first in the highest bit.
Result<Item> lower_compare_and_bitpack(Call& call) {
  TRY_ASSIGN(const auto pair, operands(call));
  TRY(call.want_known(pair.first));
  std::vector<int64_t> dims = call.shape(pair.first).vector();
  if (dims.empty() || dims.back() % 8 != 0)
    return invalid_model(str("input 0 has type ", call.type(pair.first).text(), ", want a last dimension divisible by 8"));
  TRY_ASSIGN(const ir::ValueId above, call.compare(ops::CompareKind::kGreater, pair.first, pair.second));
  if (call.shape(above) != call.shape(pair.first)) return unsupported(str("a threshold of type ", call.type(pair.second).text(), ", want one number"));
  TRY_ASSIGN(const ir::ValueId bits, call.cast(above, DType::kI32));
  dims.back() /= 8;
  dims.push_back(8);
  TRY_ASSIGN(const ir::ValueId bytes, call.reshape(bits, dims));
  const int32_t places[] = {128, 64, 32, 16, 8, 4, 2, 1};
  TRY_ASSIGN(const ir::ValueId weights, call.constant({DType::kI32, {8}}, std::as_bytes(std::span(places))));
  TRY_ASSIGN(const ir::ValueId placed, call.binary(BinaryKind::kMul, bytes, weights));
  TRY_ASSIGN(const ir::ValueId sum, call.reduce(ops::ReduceKind::kSum, placed, {static_cast<int64_t>(dims.size()) - 1}, false));
  return call.result(call.cast(sum, DType::kU8));
}

REGISTER_PRIMITIVE(PopulationCount, lower_population_count);
REGISTER_PRIMITIVE(CompareAndBitpack, lower_compare_and_bitpack);

}  // namespace
}  // namespace mindird::mindir

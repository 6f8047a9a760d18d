// Taking a tensor apart along an axis into parts of given sizes: SplitTensor, SplitWithSize, Chunk and their views.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

/// Most parts a tensor may be taken apart into.
constexpr int64_t kMaxParts = 16384;

Result<size_t> axis_of(Call& call, ir::ValueId x) {
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t given, call.integer("dim", 2, 0));
  return call.axis(given, call.rank(x));
}

Result<Item> parts_of(Call& call, ir::ValueId x, size_t axis, const std::vector<int64_t>& sizes) {
  std::vector<ir::ValueId> parts;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    TRY_ASSIGN(const ir::ValueId part, call.slice(x, axis, begin, size));
    parts.push_back(part);
    begin += size;
  }
  return tuple_of(parts);
}

/// Parts of one size; the last may be smaller.
Result<Item> parts_of_size(Call& call, ir::ValueId x, size_t axis, int64_t size) {
  const int64_t whole = call.shape(x)[axis];
  if (size < 1 && whole != 0) return invalid_model(str("parts of size ", size));
  const int64_t count = whole == 0 ? 1 : (whole - 1) / size + 1;
  if (count > kMaxParts) return unsupported(str(count, " parts, want at most ", kMaxParts));
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < count; ++i) sizes.push_back(std::min(size, whole - i * size));
  return parts_of(call, x, axis, sizes);
}

Result<Item> lower_split_tensor(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const size_t axis, axis_of(call, x));
  TRY_ASSIGN(const int64_t size, call.integer("split_size", 1));
  return parts_of_size(call, x, axis, size);
}

Result<Item> lower_split_with_size(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const size_t axis, axis_of(call, x));
  TRY_ASSIGN(const auto sizes, call.integers("split_size", 1));
  int64_t rest = call.shape(x)[axis];
  for (const int64_t size : sizes) {
    if (size < 0 || size > rest) return invalid_model(str("sizes ", list_text<int64_t>(sizes), " for dimension ", axis, " of ", call.type(x).text()));
    rest -= size;
  }
  if (rest != 0) return invalid_model(str("sizes ", list_text<int64_t>(sizes), " for dimension ", axis, " of ", call.type(x).text()));
  return parts_of(call, x, axis, sizes);
}

/// At most so many parts of one size, rounded up.
Result<Item> lower_chunk(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const size_t axis, axis_of(call, x));
  TRY_ASSIGN(const int64_t chunks, call.integer("chunks", 1));
  if (chunks < 1 || chunks > kMaxParts) return invalid_model(str(chunks, " chunks"));
  return parts_of_size(call, x, axis, std::max<int64_t>((call.shape(x)[axis] + chunks - 1) / chunks, 1));
}

REGISTER_PRIMITIVE(SplitTensor, lower_split_tensor);
REGISTER_PRIMITIVE(SplitTensorView, lower_split_tensor);
REGISTER_PRIMITIVE(SplitWithSize, lower_split_with_size);
REGISTER_PRIMITIVE(SplitWithSizeView, lower_split_with_size);
REGISTER_PRIMITIVE(Chunk, lower_chunk);
REGISTER_PRIMITIVE(ChunkView, lower_chunk);

}  // namespace
}  // namespace mindird::mindir

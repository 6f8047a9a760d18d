// Blocks of space and the batch: SpaceToBatch(ND) takes blocks apart into rows of the batch, BatchToSpace(ND) puts them together again. The spatial dimensions
// are the last ones, the row of the batch a block's element goes to is (position in the block) * N + n.
#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/movement/pairs.h"
#include "ops/movement/pad.h"

namespace mindird::mindir {
namespace {

constexpr int64_t kMaxBlock = int64_t{1} << 20U;

struct Blocks {
  ir::ValueId x = 0;
  std::vector<int64_t> sizes;  // of the blocks, one per spatial dimension
  std::vector<int64_t> pairs;  // paddings or crops
  size_t first = 0;            // spatial dimension
  int64_t volume = 1;
};

/// `sizes` are those of the blocks; one number stands for the last two dimensions of [N,C,H,W].
Result<Blocks> blocks_of(Call& call, std::vector<int64_t> sizes, const Item& pairs) {
  Blocks out;
  TRY_ASSIGN(out.x, call.tensor(0));
  TRY(call.want_known(out.x));
  if (sizes.empty() || sizes.size() >= call.rank(out.x)) return invalid_model(str(sizes.size(), " blocks for ", call.type(out.x).text()));
  for (const int64_t size : sizes) {
    if (size < 1 || size > kMaxBlock) return invalid_model(str("block size ", size));
  }
  const auto volume = checked_product(sizes);
  if (!volume) return invalid_model(str("blocks ", list_text<int64_t>(sizes)));
  out.volume = *volume;
  out.sizes = std::move(sizes);
  out.first = call.rank(out.x) - out.sizes.size();
  TRY_ASSIGN(out.pairs, pairs_of(call, pairs));
  if (out.pairs.size() != 2 * out.sizes.size()) return invalid_model(str(out.pairs.size(), " paddings, want ", 2 * out.sizes.size()));
  for (const int64_t pad : out.pairs) {
    if (pad < 0 || pad > kMaxBlock) return invalid_model(str("padding ", pad));
  }
  return out;
}

Result<Item> space_to_batch(Call& call, const Blocks& blocks) {
  auto pad = std::make_shared<ops::Pad>();
  pad->before.assign(call.rank(blocks.x), 0);
  pad->after.assign(call.rank(blocks.x), 0);
  for (size_t i = 0; i < blocks.sizes.size(); ++i) {
    pad->before[blocks.first + i] = blocks.pairs[2 * i];
    pad->after[blocks.first + i] = blocks.pairs[2 * i + 1];
  }
  TRY_ASSIGN(const ir::ValueId padded, call.emit(std::move(pad), {blocks.x}));
  const Shape shape = call.shape(padded);
  std::vector<int64_t> split(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(blocks.first));
  std::vector<int64_t> result = split;
  std::vector<int64_t> order;
  std::vector<int64_t> last;
  for (size_t i = 0; i < blocks.sizes.size(); ++i) {
    const int64_t size = shape[blocks.first + i];
    if (size % blocks.sizes[i] != 0) return invalid_model(str("padded size ", size, " cannot be split into blocks of ", blocks.sizes[i]));
    last.push_back(static_cast<int64_t>(split.size()));
    split.push_back(size / blocks.sizes[i]);
    order.push_back(static_cast<int64_t>(split.size()));
    split.push_back(blocks.sizes[i]);
    result.push_back(size / blocks.sizes[i]);
  }
  for (size_t i = 0; i < blocks.first; ++i) order.push_back(static_cast<int64_t>(i));
  order.insert(order.end(), last.begin(), last.end());
  result[0] *= blocks.volume;
  TRY_ASSIGN(const ir::ValueId parts, call.reshape(padded, std::move(split)));
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(parts, std::move(order)));
  return call.result(call.reshape(moved, std::move(result)));
}

Result<Item> batch_to_space(Call& call, const Blocks& blocks) {
  const Shape shape = call.shape(blocks.x);
  const auto spatial = static_cast<int64_t>(blocks.sizes.size());
  if (shape[0] % blocks.volume != 0) return invalid_model(str(shape[0], " rows cannot be put together to blocks of ", blocks.volume));
  std::vector<int64_t> split = blocks.sizes;
  split.push_back(shape[0] / blocks.volume);
  split.insert(split.end(), shape.begin() + 1, shape.end());
  std::vector<int64_t> order;
  std::vector<int64_t> result;
  for (size_t i = 0; i < blocks.first; ++i) {
    order.push_back(spatial + static_cast<int64_t>(i));
    result.push_back(i == 0 ? shape[0] / blocks.volume : shape[i]);
  }
  for (int64_t i = 0; i < spatial; ++i) {
    order.push_back(spatial + static_cast<int64_t>(blocks.first) + i);
    order.push_back(i);
    result.push_back(shape[blocks.first + static_cast<size_t>(i)] * blocks.sizes[static_cast<size_t>(i)]);
  }
  TRY_ASSIGN(const ir::ValueId parts, call.reshape(blocks.x, std::move(split)));
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(parts, std::move(order)));
  TRY_ASSIGN(ir::ValueId y, call.reshape(moved, result));
  for (size_t i = 0; i < blocks.sizes.size(); ++i) {
    const int64_t left = result[blocks.first + i] - blocks.pairs[2 * i] - blocks.pairs[2 * i + 1];
    if (left < 0) return invalid_model(str("crops ", list_text<int64_t>(blocks.pairs), " leave nothing"));
    TRY_ASSIGN(y, call.slice(y, blocks.first + i, blocks.pairs[2 * i], left));
  }
  return Item(Computed{y});
}

/// [N,C,H,W] and one block size for H and W.
Result<std::vector<int64_t>> square_block(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 4, "the input"));
  TRY_ASSIGN(const auto sizes, call.integers("block_size", kAttributeOnly));
  if (sizes.size() == 1) return std::vector<int64_t>(2, sizes[0]);
  return sizes;
}

Result<Item> lower_space_to_batch(Call& call) {
  TRY_ASSIGN(auto sizes, square_block(call));
  TRY_ASSIGN(const Blocks blocks, blocks_of(call, std::move(sizes), call.argument("paddings")));
  return space_to_batch(call, blocks);
}

Result<Item> lower_batch_to_space(Call& call) {
  TRY_ASSIGN(auto sizes, square_block(call));
  TRY_ASSIGN(const Blocks blocks, blocks_of(call, std::move(sizes), call.argument("crops")));
  return batch_to_space(call, blocks);
}

Result<Item> lower_space_to_batch_nd(Call& call) {
  TRY_ASSIGN(auto sizes, call.integers("block_shape", 1));
  TRY_ASSIGN(const Blocks blocks, blocks_of(call, std::move(sizes), call.argument("paddings", 2)));
  return space_to_batch(call, blocks);
}

Result<Item> lower_batch_to_space_nd(Call& call) {
  TRY_ASSIGN(auto sizes, call.integers("block_shape", 1));
  TRY_ASSIGN(const Blocks blocks, blocks_of(call, std::move(sizes), call.argument("crops", 2)));
  return batch_to_space(call, blocks);
}

REGISTER_PRIMITIVE(SpaceToBatch, lower_space_to_batch);
REGISTER_PRIMITIVE(BatchToSpace, lower_batch_to_space);
REGISTER_PRIMITIVE(SpaceToBatchND, lower_space_to_batch_nd);
REGISTER_PRIMITIVE(BatchToSpaceND, lower_batch_to_space_nd);
REGISTER_PRIMITIVE(BatchToSpaceNDV2, lower_batch_to_space_nd);

}  // namespace
}  // namespace mindird::mindir

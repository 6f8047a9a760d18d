// Moving elements without changing them: Transpose, DepthToSpace, SpaceToDepth, ReverseV2, Tile, BroadcastTo, Meshgrid.
#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/reverse.h"
#include "ops/movement/tile.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_transpose(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(std::vector<int64_t> perm, call.integers("dims", 1));
  for (int64_t& entry : perm) {
    TRY_ASSIGN(const size_t position, call.axis(entry, call.rank(x)));
    entry = static_cast<int64_t>(position);
  }
  return call.result(call.transpose(x, std::move(perm)));
}

Result<int64_t> block_of(Call& call, ir::ValueId x) {
  TRY(call.want_rank(x, 4, "the input"));
  TRY(call.want_known(x));
  TRY(call.channels_first("format"));
  TRY_ASSIGN(const int64_t block, call.integer("block_size", kAttributeOnly));
  if (block < 1 || block > 65536) return invalid_model(str("block_size ", block));
  return block;
}

/// Channel (i * block + j) * C + c goes to row offset i and column offset j of channel c.
Result<Item> lower_depth_to_space(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.channels_first("data_format"));
  TRY_ASSIGN(const int64_t b, block_of(call, x));
  const Shape s = call.shape(x);
  if (s[1] % (b * b) != 0) return invalid_model(str(s[1], " channels cannot be split into blocks of ", b * b));
  TRY_ASSIGN(const ir::ValueId split, call.reshape(x, {s[0], b, b, s[1] / (b * b), s[2], s[3]}));
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(split, {0, 3, 4, 1, 5, 2}));
  return call.result(call.reshape(moved, {s[0], s[1] / (b * b), s[2] * b, s[3] * b}));
}

Result<Item> lower_space_to_depth(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.channels_first("data_format"));
  TRY_ASSIGN(const int64_t b, block_of(call, x));
  const Shape s = call.shape(x);
  if (s[2] % b != 0 || s[3] % b != 0) return invalid_model(str(call.type(x).text(), " cannot be split into blocks of ", b));
  TRY_ASSIGN(const ir::ValueId split, call.reshape(x, {s[0], s[1], s[2] / b, b, s[3] / b, b}));
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(split, {0, 3, 5, 1, 2, 4}));
  return call.result(call.reshape(moved, {s[0], s[1] * b * b, s[2] / b, s[3] / b}));
}

Result<Item> lower_reverse(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const auto given, call.integers("axis", 1));
  auto op = std::make_shared<ops::Reverse>();
  TRY_ASSIGN(op->axes, call.axes(given, call.rank(x), false));
  return call.result(call.emit(std::move(op), {x}));
}

/// More multiples than dimensions: dimensions of size 1 are added in front; fewer: the leading ones are not repeated.
Result<Item> lower_tile(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(std::vector<int64_t> multiples, call.integers("multiples", 1));
  if (multiples.size() > kMaxRank) return invalid_model(str(multiples.size(), " multiples, want at most ", kMaxRank));
  std::vector<int64_t> dims = call.shape(x).vector();
  if (dims.size() < multiples.size()) dims.insert(dims.begin(), multiples.size() - dims.size(), 1);
  if (multiples.size() < dims.size()) multiples.insert(multiples.begin(), dims.size() - multiples.size(), 1);
  TRY_ASSIGN(x, call.reshape(x, std::move(dims)));
  auto op = std::make_shared<ops::Tile>();
  op->repeats = std::move(multiples);
  return call.result(call.emit(std::move(op), {x}));
}

/// -1 keeps the size of the input's dimension.
Result<Item> lower_broadcast_to(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(std::vector<int64_t> shape, call.integers("shape", 1));
  const size_t rank = call.rank(x);
  if (shape.size() < rank || shape.size() > kMaxRank) return invalid_model(str("shape has ", shape.size(), " values, want ", rank, " to ", kMaxRank));
  for (size_t i = shape.size() - rank; i < shape.size(); ++i) {
    if (shape[i] == -1) shape[i] = call.shape(x)[i - (shape.size() - rank)];
  }
  return call.result(call.expand(x, std::move(shape)));
}

/// Each input along its own dimension of a common grid; with "xy" indexing the first two dimensions are exchanged.
Result<Item> lower_meshgrid(Call& call) {
  TRY_ASSIGN(const auto inputs, call.tensors());
  if (inputs.size() > kMaxRank) return invalid_model(str(inputs.size(), " inputs, want at most ", kMaxRank));
  TRY_ASSIGN(const int64_t indexing, call.choice("indexing", 1, {"ij", "xy"}, 1));
  if (indexing != 0 && indexing != 1) return unsupported(str("indexing is ", indexing, ", want 0 (ij) or 1 (xy)"));
  const bool exchange = indexing == 1;
  const auto position = [&](size_t i) { return exchange && inputs.size() > 1 && i < 2 ? 1 - i : i; };
  std::vector<int64_t> grid(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    TRY(call.want_rank(inputs[i], 1, "an input"));
    grid[position(i)] = call.shape(inputs[i])[0];
  }
  std::vector<ir::ValueId> results;
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int64_t> dims(inputs.size(), 1);
    dims[position(i)] = grid[position(i)];
    TRY_ASSIGN(const ir::ValueId column, call.reshape(inputs[i], std::move(dims)));
    TRY_ASSIGN(const ir::ValueId plane, call.expand(column, grid));
    results.push_back(plane);
  }
  return tuple_of(results);
}

REGISTER_PRIMITIVE(Transpose, lower_transpose);
REGISTER_PRIMITIVE(TransposeView, lower_transpose);
REGISTER_PRIMITIVE(DepthToSpace, lower_depth_to_space);
REGISTER_PRIMITIVE(SpaceToDepth, lower_space_to_depth);
REGISTER_PRIMITIVE(ReverseV2, lower_reverse);
REGISTER_PRIMITIVE(Tile, lower_tile);
REGISTER_PRIMITIVE(Repeat, lower_tile);
REGISTER_PRIMITIVE(BroadcastTo, lower_broadcast_to);
REGISTER_PRIMITIVE(BroadcastToView, lower_broadcast_to);
REGISTER_PRIMITIVE(Expand, lower_broadcast_to);
REGISTER_PRIMITIVE(Meshgrid, lower_meshgrid);

}  // namespace
}  // namespace mindird::mindir

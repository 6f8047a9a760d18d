// Small rearrangements: SplitV, Padding, ChannelShuffle, ReverseSequence.
#include <algorithm>
#include <numeric>

#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather_elements.h"
#include "ops/movement/expand.h"
#include "ops/movement/pad.h"

namespace mindird::mindir {
namespace {

using ops::BinaryKind;

/// Parts of given sizes; one of them may be -1, what is left.
Result<Item> lower_split_v(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(auto sizes, call.integers("size_splits", kAttributeOnly));
  TRY_ASSIGN(const int64_t given, call.integer("split_dim", kAttributeOnly));
  TRY_ASSIGN(const int64_t count, call.integer("num_split", kAttributeOnly));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  const int64_t total = call.shape(x)[axis];
  int64_t left = total;
  for (const int64_t size : sizes) {
    if (size < -1 || size > total) return invalid_model(str("a part of size ", size, " of ", total));
    left -= std::max<int64_t>(size, 0);
  }
  const auto unknown = std::count(sizes.begin(), sizes.end(), -1);
  if (count != static_cast<int64_t>(sizes.size()) || unknown > 1 || left < 0 || (unknown == 0 && left != 0)) {
    return invalid_model(str("parts ", list_text<int64_t>(sizes), " of dimension ", axis, " of size ", total));
  }
  std::vector<ir::ValueId> parts;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    const int64_t own = size < 0 ? left : size;
    TRY_ASSIGN(const ir::ValueId part, call.slice(x, axis, begin, own));
    parts.push_back(part);
    begin += own;
  }
  return tuple_of(parts);
}

/// The last dimension, of size 1, gets zeros behind it.
Result<Item> lower_padding(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t size, call.integer("pad_dim_size", kAttributeOnly));
  const size_t rank = call.rank(x);
  if (rank == 0 || call.shape(x)[rank - 1] != 1 || size < 1)
    return invalid_model(str("the input is ", call.type(x).text(), " and pad_dim_size ", size, ", want a last dimension of 1"));
  auto op = std::make_shared<ops::Pad>();
  op->before.assign(rank, 0);
  op->after.assign(rank, 0);
  op->after[rank - 1] = size - 1;
  return call.result(call.emit(std::move(op), {x}));
}

/// Channel g * (C / groups) + i goes to i * groups + g.
Result<Item> lower_channel_shuffle(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const int64_t groups, call.integer("group", kAttributeOnly));
  if (call.rank(x) < 2 || groups < 1 || call.shape(x)[1] % groups != 0) return invalid_model(str("the input is ", call.type(x).text(), " and group ", groups));
  const Shape shape = call.shape(x);
  std::vector<int64_t> split{shape[0], groups, shape[1] / groups};
  split.insert(split.end(), shape.begin() + 2, shape.end());
  std::vector<int64_t> order(split.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[1], order[2]);
  TRY_ASSIGN(const ir::ValueId parts, call.reshape(x, std::move(split)));
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(parts, std::move(order)));
  return call.result(call.reshape(moved, shape.vector()));
}

/// The first lengths[n] elements of row n along seq_dim in reverse.
Result<Item> lower_reverse_sequence(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const ir::ValueId given, call.tensor(1));
  TRY(call.want_known(x));
  TRY(call.want_rank(given, 1, "the lengths"));
  TRY_ASSIGN(const int64_t seq_dim, call.integer("seq_dim", kAttributeOnly));
  TRY_ASSIGN(const int64_t batch_dim, call.integer("batch_dim", kAttributeOnly));
  TRY_ASSIGN(const size_t along, call.axis(seq_dim, call.rank(x)));
  TRY_ASSIGN(const size_t rows, call.axis(batch_dim, call.rank(x)));
  if (along == rows || call.shape(given)[0] != call.shape(x)[rows])
    return invalid_model(str("lengths ", call.type(given).text(), " for ", call.type(x).text()));
  std::vector<int64_t> step_dims(call.rank(x), 1);
  step_dims[along] = call.shape(x)[along];
  std::vector<int64_t> row_dims(call.rank(x), 1);
  row_dims[rows] = call.shape(x)[rows];
  TRY_ASSIGN(const ir::ValueId flat, iota(call, call.shape(x)[along]));
  TRY_ASSIGN(const ir::ValueId step, call.reshape(flat, std::move(step_dims)));
  TRY_ASSIGN(const ir::ValueId wide, call.cast(given, DType::kI64));
  TRY_ASSIGN(const ir::ValueId length, call.reshape(wide, std::move(row_dims)));
  TRY_ASSIGN(const ir::ValueId behind, call.binary(BinaryKind::kSub, length, step));
  TRY_ASSIGN(const ir::ValueId mirrored, call.binary(BinaryKind::kSub, behind, 1.0));
  TRY_ASSIGN(const ir::ValueId is_reversed, call.compare(ops::CompareKind::kLess, step, length));
  TRY_ASSIGN(const ir::ValueId index, call.select(is_reversed, mirrored, step));
  auto expand = std::make_shared<ops::Expand>();
  expand->shape = call.shape(x).vector();
  TRY_ASSIGN(const ir::ValueId full, call.emit(std::move(expand), {index}));
  auto gather = std::make_shared<ops::GatherElements>();
  gather->axis = static_cast<int64_t>(along);
  return call.result(call.emit(std::move(gather), {x, full}));
}

REGISTER_PRIMITIVE(SplitV, lower_split_v);
REGISTER_PRIMITIVE(Padding, lower_padding);
REGISTER_PRIMITIVE(ChannelShuffle, lower_channel_shuffle);
REGISTER_PRIMITIVE(ReverseSequence, lower_reverse_sequence);

}  // namespace
}  // namespace mindird::mindir

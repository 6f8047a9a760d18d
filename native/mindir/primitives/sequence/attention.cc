// Attention that models exported for other devices hold as one primitive: FlashAttentionScore, PromptFlashAttention, IncreFlashAttention. Heads of key and
// value may be fewer than those of the query, which then share them; elements set in a mask are left out.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/sequence/attention.h"

namespace mindird::mindir {
namespace {

/// What a masked score becomes: low enough to vanish beside any other, and finite, so that a row without any other gives no NaN.
double lowest(DType dtype) { return dtype == DType::kF16 ? -65504.0 : -1e30; }

/// Where a primitive has its arguments.
struct Positions {
  size_t mask;
  size_t heads;
  size_t scale;
  size_t layout;
  size_t key_heads;    // kAttributeOnly where it has none
  size_t sparse_mode;  // the same, and of the next
  size_t tokens;       // pre_tokens, next_tokens behind it
};

enum class Layout : uint8_t { kBsh, kBnsd, kSbh, kBsnd };

struct Heads {
  int64_t query = 1;
  int64_t key = 1;
};

/// As [batch, heads, length, depth].
Result<ir::ValueId> by_heads(Call& call, ir::ValueId x, Layout layout, int64_t heads) {
  TRY(call.want_known(x));
  const bool is_packed = layout == Layout::kBsh || layout == Layout::kSbh;
  TRY(call.want_rank(x, is_packed ? 3 : 4, "query, key or value"));
  if (layout == Layout::kBnsd) return x;
  const Shape s = call.shape(x);
  if (layout == Layout::kBsnd) return call.transpose(x, {0, 2, 1, 3});
  if (heads < 1 || s[2] % heads != 0) return invalid_model(str(call.type(x).text(), " does not split into ", heads, " heads"));
  TRY_ASSIGN(const ir::ValueId split, call.reshape(x, {s[0], s[1], heads, s[2] / heads}));
  return call.transpose(split, layout == Layout::kBsh ? std::vector<int64_t>{0, 2, 1, 3} : std::vector<int64_t>{1, 2, 0, 3});
}

/// The way back.
Result<ir::ValueId> from_heads(Call& call, ir::ValueId y, Layout layout) {
  if (layout == Layout::kBnsd) return y;
  if (layout == Layout::kBsnd) return call.transpose(y, {0, 2, 1, 3});
  const Shape s = call.shape(y);
  const bool batch_first = layout == Layout::kBsh;
  TRY_ASSIGN(const ir::ValueId moved, call.transpose(y, batch_first ? std::vector<int64_t>{0, 2, 1, 3} : std::vector<int64_t>{2, 0, 1, 3}));
  return call.reshape(moved, {batch_first ? s[0] : s[2], batch_first ? s[2] : s[0], s[1] * s[3]});
}

/// Each head of key or value once for every head of the query that shares it.
Result<ir::ValueId> shared(Call& call, ir::ValueId x, int64_t query_heads) {
  const Shape s = call.shape(x);
  if (s[1] == query_heads) return x;
  if (s[1] < 1 || query_heads % s[1] != 0) return invalid_model(str(query_heads, " heads of the query for ", s[1], " of the key"));
  TRY_ASSIGN(const ir::ValueId column, call.reshape(x, {s[0], s[1], 1, s[2], s[3]}));
  TRY_ASSIGN(const ir::ValueId plane, call.expand(column, {s[0], s[1], query_heads / s[1], s[2], s[3]}));
  return call.reshape(plane, {s[0], query_heads, s[2], s[3]});
}

/// What is added to the scores: 0, and the lowest number where the mask is set.
Result<ir::ValueId> added_mask(Call& call, size_t position, DType dtype) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(position));
  if (call.rank(given) < 2) return invalid_model(str("the mask is ", call.type(given).text(), ", want rank 2 or more"));
  TRY_ASSIGN(const ir::ValueId is_set, call.cast(given, DType::kBool));
  TRY_ASSIGN(const ir::ValueId low, call.scalar(lowest(dtype), dtype));
  TRY_ASSIGN(const ir::ValueId zero, call.scalar(0, dtype));
  return call.select(is_set, low, zero);
}

/// Windows of the sequence narrower than this are told apart from none at all.
constexpr int64_t kWholeSequence = 65536;

/// A mask that is itself all there is to leave out. Without a mask nothing is, and mode 1 looks at the mask alone; mode 0 also narrows to a window.
Status want_plain_mask(Call& call, const Positions& at) {
  if (at.sparse_mode == kAttributeOnly) return {};
  TRY_ASSIGN(const int64_t mode, call.integer("sparse_mode", at.sparse_mode, 0));
  TRY_ASSIGN(const int64_t before, call.integer("pre_tokens", at.tokens, kWholeSequence));
  TRY_ASSIGN(const int64_t after, call.integer("next_tokens", at.tokens + 1, kWholeSequence));
  if (mode != 0 && mode != 1) return unsupported(str("sparse_mode is ", mode, ", want 0 or 1"));
  if (mode == 1 || call.input(at.mask).is_none() || std::min(before, after) >= kWholeSequence) return {};
  return unsupported(str("pre_tokens ", before, " and next_tokens ", after, " beside a mask, want at least ", kWholeSequence));
}

/// The tensor at a position, which may be the only member of a tuple.
Result<ir::ValueId> one_tensor(Call& call, size_t position) {
  const Items* members = call.input(position).tuple();
  if (!members) return call.tensor(position);
  if (members->size() != 1) return unsupported(str("input ", position, " is a tuple of ", members->size(), ", want one tensor"));
  return call.tensor_of(members->front());
}

Result<ir::ValueId> attend(Call& call, const Positions& at) {
  constexpr std::array kLayouts = {Layout::kBsh, Layout::kBnsd, Layout::kSbh, Layout::kBsnd};
  TRY_ASSIGN(const int64_t layout_number, call.choice("input_layout", at.layout, {"BSH", "BNSD", "SBH", "BSND"}, 0));
  if (layout_number < 0 || layout_number >= static_cast<int64_t>(kLayouts.size()))
    return unsupported(str("input_layout is ", layout_number, ", want BSH, BNSD, SBH or BSND"));
  const Layout layout = kLayouts[static_cast<size_t>(layout_number)];
  TRY(want_plain_mask(call, at));
  Heads heads;
  TRY_ASSIGN(heads.query, call.integer("head_num", at.heads));
  heads.key = heads.query;
  if (at.key_heads != kAttributeOnly) {
    TRY_ASSIGN(const int64_t key_heads, call.integer("num_key_value_heads", at.key_heads, 0));
    if (key_heads != 0) heads.key = key_heads;
  }
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(const ir::ValueId given, one_tensor(call, i));
    TRY_ASSIGN(const ir::ValueId split, by_heads(call, given, layout, i == 0 ? heads.query : heads.key));
    TRY_ASSIGN(const ir::ValueId whole, shared(call, split, call.shape(i == 0 ? split : inputs[0])[1]));
    inputs.push_back(whole);
  }
  if (!call.input(at.mask).is_none()) {
    TRY_ASSIGN(const ir::ValueId mask, added_mask(call, at.mask, call.type(inputs[0]).dtype));
    inputs.push_back(mask);
  }
  auto op = std::make_shared<ops::Attention>();
  TRY_ASSIGN(op->scale, call.number("scale_value", at.scale, 1.0));
  TRY_ASSIGN(const ir::ValueId y, call.emit(std::move(op), std::move(inputs)));
  return from_heads(call, y, layout);
}

/// Refuses the arguments at some positions unless they are None.
Status want_none(Call& call, std::initializer_list<size_t> positions) {
  for (const size_t position : positions) {
    if (!call.input(position).is_none()) return unsupported(str("input ", position, " is ", call.input(position).text(), ", want None"));
  }
  return {};
}

/// (query, key, value, real_shift, drop_mask, padding_mask, attn_mask, prefix, actual_seq_qlen, actual_seq_kvlen, head_num, keep_prob, scale_value, pre_tokens,
/// next_tokens, inner_precise, input_layout, sparse_mode): the last of four results is the attention.
Result<Item> lower_flash_attention_score(Call& call) {
  TRY(want_none(call, {3, 4, 5, 7, 8, 9}));
  TRY_ASSIGN(const double keep, call.number("keep_prob", 11, 1.0));
  if (keep != 1.0) return unsupported(str("keep_prob is ", keep, ", want 1"));
  TRY_ASSIGN(const ir::ValueId y, attend(call, {6, 10, 12, 16, kAttributeOnly, 17, 13}));
  const Item statistics(Unavailable{"the statistics of attention are not provided"});
  return make_tuple({statistics, statistics, statistics, Item(Computed{y})});
}

/// (query, key, value, attn_mask, two lengths, pse_shift, five of quantisation, num_heads, scale_value, pre_tokens, next_tokens, input_layout,
/// num_key_value_heads, sparse_mode, inner_precise)
Result<Item> lower_prompt_flash_attention(Call& call) {
  TRY(want_none(call, {4, 5, 6, 7, 8, 9, 10, 11}));
  return call.result(attend(call, {3, 12, 13, 16, 17, 18, 14}));
}

/// (query, keys, values, attn_mask, lengths, pse_shift, five of quantisation, two more, block_table, kv_padding_size, num_heads, input_layout, scale_value,
/// num_key_value_heads, block_size, inner_precise): one new element of the sequence.
Result<Item> lower_incre_flash_attention(Call& call) {
  TRY(want_none(call, {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
  return call.result(attend(call, {3, 15, 17, 16, 18, kAttributeOnly, kAttributeOnly}));
}

REGISTER_PRIMITIVE(IncreFlashAttention, lower_incre_flash_attention);
REGISTER_PRIMITIVE(FlashAttentionScore, lower_flash_attention_score);
REGISTER_PRIMITIVE(PromptFlashAttention, lower_prompt_flash_attention);

}  // namespace
}  // namespace mindird::mindir

// Joining tensors and taking them apart: Concat, Stack, Split, Unstack.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"

namespace mindird::mindir {
namespace {

/// Most parts a tensor may be taken apart into.
constexpr int64_t kMostMembers = 16384;

/// The tensors of a tuple in one element type.
Result<std::vector<ir::ValueId>> members_of_one_type(Call& call) {
  TRY_ASSIGN(auto parts, call.tensors());
  DType dtype = call.type(parts[0]).dtype;
  for (const ir::ValueId part : parts) {
    const auto common = promoted(dtype, call.type(part).dtype);
    if (!common) return unsupported(str("no common element type of ", dtype_name(dtype), " and ", call.type(part).text()));
    dtype = *common;
  }
  for (ir::ValueId& part : parts) {
    TRY_ASSIGN(part, call.cast(part, dtype));
  }
  return parts;
}

Result<Item> lower_concat(Call& call) {
  TRY_ASSIGN(auto parts, members_of_one_type(call));
  TRY_ASSIGN(const int64_t given, call.integer("axis", 1, 0));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(parts[0])));
  return call.result(call.concat(std::move(parts), axis));
}

/// Along the first dimension; the size of the result is written beside.
Result<Item> lower_parallel_concat(Call& call) {
  TRY_ASSIGN(auto parts, members_of_one_type(call));
  if (call.rank(parts[0]) == 0) return invalid_model("the inputs have rank 0, want 1 or more");
  TRY_ASSIGN(const auto shape, call.integers("shape", kAttributeOnly));
  TRY_ASSIGN(const ir::ValueId joined, call.concat(std::move(parts), 0));
  if (call.shape(joined).vector() != shape)
    return invalid_model(str("shape is ", list_text<int64_t>(shape), ", but the inputs make ", call.type(joined).text()));
  return Item(Computed{joined});
}

/// The new axis is an attribute, or the last input where the name of the primitive ends in Ext.
Result<int64_t> given_axis(Call& call) {
  const bool is_input = call.op().find("Ext") != std::string_view::npos;
  return is_input ? call.integer("dim", 1, 0) : call.integer("axis", kAttributeOnly, 0);
}

Result<Item> lower_stack(Call& call) {
  TRY_ASSIGN(auto parts, members_of_one_type(call));
  TRY_ASSIGN(const int64_t given, given_axis(call));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(parts[0]) + 1));
  const size_t rank = call.rank(parts[0]);
  for (ir::ValueId& part : parts) {
    TRY(call.want_rank(part, rank, "a member"));
    std::vector<int64_t> dims = call.shape(part).vector();
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    TRY_ASSIGN(part, call.reshape(part, std::move(dims)));
  }
  return call.result(call.concat(std::move(parts), axis));
}

/// `count` equal slices along an axis.
Result<std::vector<ir::ValueId>> equal_parts(Call& call, ir::ValueId x, size_t axis, int64_t count) {
  TRY(call.want_known(x));
  const int64_t size = call.shape(x)[axis];
  if (count < 1 || count > kMostMembers || size % count != 0) {
    return invalid_model(str("dimension ", axis, " of size ", size, " cannot be split into ", count, " parts"));
  }
  std::vector<ir::ValueId> parts;
  for (int64_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const ir::ValueId part, call.slice(x, axis, i * (size / count), size / count));
    parts.push_back(part);
  }
  return parts;
}

Result<Item> lower_split(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("axis", 1, 0));
  TRY_ASSIGN(const int64_t count, call.integer("output_num", 2, 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(const auto parts, equal_parts(call, x, axis, count));
  return tuple_of(parts);
}

Result<Item> lower_unstack(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, given_axis(call));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x)));
  TRY_ASSIGN(auto parts, equal_parts(call, x, axis, call.shape(x)[axis]));
  for (ir::ValueId& part : parts) {
    std::vector<int64_t> dims = call.shape(part).vector();
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
    TRY_ASSIGN(part, call.reshape(part, std::move(dims)));
  }
  return tuple_of(parts);
}

REGISTER_PRIMITIVE(Concat, lower_concat);
REGISTER_PRIMITIVE(SequenceConcat, lower_concat);
REGISTER_PRIMITIVE(ParallelConcat, lower_parallel_concat);
REGISTER_PRIMITIVE(Stack, lower_stack);
REGISTER_PRIMITIVE(SequenceStack, lower_stack);
REGISTER_PRIMITIVE(StackExt, lower_stack);
REGISTER_PRIMITIVE(Split, lower_split);
REGISTER_PRIMITIVE(Unstack, lower_unstack);
REGISTER_PRIMITIVE(SequenceUnstack, lower_unstack);
REGISTER_PRIMITIVE(UnstackExtView, lower_unstack);

}  // namespace
}  // namespace mindird::mindir

// Between tuples and tensors.
#include "base/strings.h"
#include "mindir/primitives/elementwise/promote.h"
#include "mindir/primitives/scalar/number.h"
#include "mindir/primitives/tuple/members.h"

namespace mindird::mindir {
namespace {

/// Most numbers a tensor becomes.
constexpr int64_t kMaxNumbers = 4096;

/// The element type of a tuple of numbers: bool, int64 or float32, the highest of them.
Result<DType> common_type(Call& call, const std::vector<ir::ValueId>& values) {
  DType dtype = call.type(values[0]).dtype;
  for (const ir::ValueId value : values) {
    const auto common = promoted(dtype, call.type(value).dtype);
    if (!common) return unsupported(str("no common element type of ", dtype_name(dtype), " and ", call.type(value).text()));
    dtype = *common;
  }
  return dtype;
}

/// A tensor of rank 1 of the numbers in a tuple.
Result<Item> lower_to_tensor(Call& call) {
  TRY_ASSIGN(const Items* x, members(call, 0));
  if (x->size() > static_cast<size_t>(kMaxNumbers)) return unsupported(str("a tuple of ", x->size(), " numbers, want at most ", kMaxNumbers));
  DType dtype = DType::kF32;
  if (call.has("dtype", 1)) {
    TRY_ASSIGN(dtype, call.element_type("dtype", 1));
  }
  if (x->empty()) return call.result(call.constant({dtype, {0}}, {}));
  std::vector<ir::ValueId> values;
  for (const Item& member : *x) {
    if (member.tuple()) return unsupported("a tuple of tuples as a tensor");
    TRY_ASSIGN(const ir::ValueId value, call.tensor_of(member));
    values.push_back(value);
  }
  if (!call.has("dtype", 1)) {
    TRY_ASSIGN(dtype, common_type(call, values));
  }
  for (ir::ValueId& value : values) {
    if (call.shape(value).known() && call.shape(value).elements() != 1) return unsupported(str("a member is ", call.type(value).text(), ", want numbers"));
    TRY_ASSIGN(const ir::ValueId typed, call.cast(value, dtype));
    TRY_ASSIGN(value, call.reshape(typed, {1}));
  }
  return call.result(call.concat(std::move(values), 0));
}

/// The numbers of a tensor of rank 0 or 1.
Result<Item> lower_from_tensor(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (call.rank(x) > 1) return unsupported(str("the input is ", call.type(x).text(), ", want rank 0 or 1"));
  const int64_t count = call.shape(x).elements();
  if (count > kMaxNumbers) return unsupported(str(count, " numbers, want at most ", kMaxNumbers));
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(x, {count}));
  Items out;
  for (int64_t i = 0; i < count; ++i) {
    TRY_ASSIGN(const ir::ValueId part, call.slice(flat, 0, i, 1));
    TRY_ASSIGN(const ir::ValueId number, call.reshape(part, {}));
    out.push_back(call.scalar_result(number));
  }
  return make_tuple(std::move(out));
}

/// The sum of the tensors in a tuple.
Result<Item> lower_sum(Call& call) {
  TRY_ASSIGN(const auto terms, call.tensors());
  ir::ValueId sum = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    TRY_ASSIGN(sum, call.binary(ops::BinaryKind::kAdd, sum, terms[i]));
  }
  return Item(Computed{sum});
}

REGISTER_PRIMITIVE(TupleToTensor, lower_to_tensor);
REGISTER_PRIMITIVE(ListToTensor, lower_to_tensor);
REGISTER_PRIMITIVE(TensorToTuple, lower_from_tensor);
REGISTER_PRIMITIVE(TensorToList, lower_from_tensor);
REGISTER_PRIMITIVE(SequenceAddN, lower_sum);

}  // namespace
}  // namespace mindird::mindir

// Tensors of one number: of a given shape, or of the shape of another tensor. Their shape is known when the model is lowered.
#include <algorithm>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/expand.h"

namespace mindird::mindir {
namespace {

/// A value of rank 0 repeated over a shape.
Result<ir::ValueId> filled(Call& call, ir::ValueId value, std::vector<int64_t> dims) {
  if (std::any_of(dims.begin(), dims.end(), [](int64_t dim) { return dim < 0; })) return invalid_model(str("shape ", list_text<int64_t>(dims)));
  if (dims.empty()) return value;
  auto op = std::make_shared<ops::Expand>();
  op->shape = std::move(dims);
  return call.emit(std::move(op), {value});
}

LowerFunction like(double number) {
  return [number](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY(call.want_known(x));
    TRY_ASSIGN(const ir::ValueId value, call.scalar(number, call.type(x).dtype));
    return call.result(filled(call, value, call.shape(x).vector()));
  };
}

/// Ones and Zeros: a shape and an element type, float32 when there is none.
LowerFunction of_shape(double number) {
  return [number](Call& call) -> Result<Item> {
    TRY_ASSIGN(auto dims, call.integers("shape", 0));
    DType dtype = DType::kF32;
    if (call.has("dtype", 1)) {
      TRY_ASSIGN(dtype, call.element_type(call.has("dtype") ? "dtype" : "type", 1));
    }
    TRY_ASSIGN(const ir::ValueId value, call.scalar(number, dtype));
    return call.result(filled(call, value, std::move(dims)));
  };
}

/// Fill: element type, shape, number.
Result<Item> lower_fill(Call& call) {
  TRY_ASSIGN(const DType dtype, call.element_type("type", 0));
  TRY_ASSIGN(auto dims, call.integers("shape", 1));
  TRY_ASSIGN(const double number, call.number("value", 2));
  TRY_ASSIGN(const ir::ValueId value, call.scalar(number, dtype));
  return call.result(filled(call, value, std::move(dims)));
}

/// FillV2: a shape, and a tensor of one element.
Result<Item> lower_fill_v2(Call& call) {
  TRY_ASSIGN(auto dims, call.integers("shape", 0));
  TRY_ASSIGN(ir::ValueId value, call.tensor(1));
  if (call.shape(value).elements() != 1) return invalid_model(str("the value is ", call.type(value).text(), ", want one element"));
  TRY_ASSIGN(value, call.reshape(value, {}));
  return call.result(filled(call, value, std::move(dims)));
}

/// Fills: the shape and element type of x, and a number.
Result<Item> lower_fills(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(ir::ValueId value, call.tensor(1));
  if (call.shape(value).elements() != 1) return invalid_model(str("the value is ", call.type(value).text(), ", want one element"));
  TRY_ASSIGN(value, call.reshape(value, {}));
  TRY_ASSIGN(value, call.cast(value, call.type(x).dtype));
  return call.result(filled(call, value, call.shape(x).vector()));
}

REGISTER_PRIMITIVE(OnesLike, like(1));
REGISTER_PRIMITIVE(ZerosLike, like(0));
REGISTER_PRIMITIVE(Ones, of_shape(1));
REGISTER_PRIMITIVE(Zeros, of_shape(0));
REGISTER_PRIMITIVE(Fill, lower_fill);
REGISTER_PRIMITIVE(FillV2, lower_fill_v2);
REGISTER_PRIMITIVE(Fills, lower_fills);

}  // namespace
}  // namespace mindird::mindir

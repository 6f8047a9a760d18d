// Primitives that change only the shape of a tensor, and Shape itself, whose result is known when the model is lowered.
#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/reshape.h"

namespace mindird::mindir {
namespace {

Result<Item> lower_shape(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  Items dims;
  for (const int64_t dim : call.shape(x)) dims.emplace_back(dim);
  return make_tuple(std::move(dims));
}

/// The shape as a tensor of int64.
Result<Item> lower_tensor_shape(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  const auto dims = call.shape(x).dims();
  return call.result(call.constant({DType::kI64, {static_cast<int64_t>(dims.size())}}, std::as_bytes(dims)));
}

/// One -1 stands for whatever is left.
Result<Item> lower_reshape(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(std::vector<int64_t> dims, call.integers("shape", 1));
  if (std::count(dims.begin(), dims.end(), -1) > 1) return invalid_model(str("shape ", list_text<int64_t>(dims), " has several unknown dimensions"));
  const int64_t elements = call.shape(x).elements();
  const auto unknown = std::find(dims.begin(), dims.end(), -1);
  if (unknown != dims.end()) {
    *unknown = 1;
    const auto rest = checked_product(dims);
    if (!rest || *rest == 0 || elements % *rest != 0) {
      return invalid_model(str("a tensor of type ", call.type(x).text(), " does not fit the shape ", list_text<int64_t>(dims)));
    }
    *unknown = elements / *rest;
  }
  if (checked_product(dims) != elements) {
    return invalid_model(str("a tensor of type ", call.type(x).text(), " does not fit the shape ", list_text<int64_t>(dims)));
  }
  return call.result(call.reshape(x, std::move(dims)));
}

Result<Item> lower_expand_dims(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const int64_t given, call.integer("axis", 1));
  TRY_ASSIGN(const size_t axis, call.axis(given, call.rank(x) + 1));
  std::vector<int64_t> dims = call.shape(x).vector();
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  if (call.shape(x).known()) return call.result(call.reshape(x, std::move(dims)));
  auto op = std::make_shared<ops::Reshape>();
  op->shape = std::move(dims);
  return call.result(call.emit(std::move(op), {x}));
}

/// Without axes all dimensions of size 1 go.
Result<Item> lower_squeeze(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const std::vector<int64_t> given, call.integers("axis", 1, std::vector<int64_t>()));
  TRY_ASSIGN(const std::vector<int64_t> axes, call.axes(given, call.rank(x), false));
  std::vector<int64_t> dims;
  for (size_t i = 0; i < call.rank(x); ++i) {
    const int64_t dim = call.shape(x)[i];
    const bool named = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    if (named && dim != 1) return invalid_model(str("cannot drop dimension ", i, " of size ", dim));
    if (!named && (dim != 1 || !axes.empty())) dims.push_back(dim);
  }
  return call.result(call.reshape(x, std::move(dims)));
}

Result<Item> lower_flatten(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  if (call.rank(x) == 0) return call.result(call.reshape(x, {1}));
  const auto dims = call.shape(x).dims();
  const auto rest = checked_product(dims.subspan(1));
  if (!rest) return invalid_model(str("impossible shape ", call.shape(x).text()));
  return call.result(call.reshape(x, {dims[0], *rest}));
}

REGISTER_PRIMITIVE(Shape, lower_shape);
REGISTER_PRIMITIVE(TensorShape, lower_tensor_shape);
REGISTER_PRIMITIVE(DynamicShape, lower_tensor_shape);
REGISTER_PRIMITIVE(Reshape, lower_reshape);
REGISTER_PRIMITIVE(View, lower_reshape);
REGISTER_PRIMITIVE(ExpandDims, lower_expand_dims);
REGISTER_PRIMITIVE(ExpandDimsView, lower_expand_dims);
REGISTER_PRIMITIVE(Squeeze, lower_squeeze);
REGISTER_PRIMITIVE(Flatten, lower_flatten);

}  // namespace
}  // namespace mindird::mindir

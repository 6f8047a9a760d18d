#include "ops/movement/reshape.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

/// Fills in the one dimension that may be -1 from the number of elements there are.
Status resolve_free_dim(std::vector<int64_t>& dims, const TensorType& x) {
  const auto free = std::find(dims.begin(), dims.end(), -1);
  if (free == dims.end()) return {};
  *free = 1;
  const auto others = checked_product(dims);
  const auto total = x.shape.checked_elements();
  if (!others || *others == 0 || !total || *total % *others != 0) {
    return invalid_argument(str("input 0 is ", x.text(), ", want its elements to fill a shape of ", others.value_or(0), " times a whole number"));
  }
  *free = *total / *others;
  return {};
}

}  // namespace

void Reshape::attributes(ir::AttributeVisitor& v) { v.field("shape", shape); }

Result<ir::Types> Reshape::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  const Shape wanted{shape};
  const auto unknown = std::count(shape.begin(), shape.end(), -1);
  if (unknown > 1 || std::any_of(shape.begin(), shape.end(), [](int64_t d) { return d < -1; })) {
    return invalid_argument(str("shape is ", wanted.text(), ", want sizes and at most one -1"));
  }
  if (unknown == 1 && !in[0].shape.known()) return one_output({in[0].dtype, wanted});
  std::vector<int64_t> dims = shape;
  TRY(resolve_free_dim(dims, in[0]));
  const Shape result(std::move(dims));
  if (in[0].shape.known() && (!result.checked_elements() || result.checked_elements() != in[0].shape.checked_elements())) {
    return invalid_argument(str("input 0 is ", in[0].text(), ", cannot become ", wanted.text(), " with another number of elements"));
  }
  return one_output({in[0].dtype, result});
}

Status Reshape::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  // The output of a view may share the memory of its input.
  if (x.data != y.data && y.elements() > 0) std::memcpy(y.data, x.data, y.bytes());
  return {};
}

std::optional<ir::BatchAxis> Reshape::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis < 0) return batch;
  const Shape& x = args.inputs[0].shape;
  const Shape& y = args.outputs[0].shape;
  const auto at = static_cast<size_t>(batch.axis);
  if (x.elements() <= 0 || batch.inner <= 0 || x[at] % batch.inner != 0) return std::nullopt;
  const int64_t rows = x[at] / batch.inner;
  // In memory the tensor is [before][rows][elements of a row]. It is so still under a shape with a dim that starts after
  // `before` elements and holds a multiple of the rows; what of a row the dim takes in is its `inner`.
  int64_t before = 1;
  for (size_t i = 0; i < at; ++i) before *= x[i];
  std::optional<ir::BatchAxis> found;
  int64_t prefix = 1;
  for (size_t i = 0; i < y.rank() && prefix <= before; ++i) {
    if (prefix == before && y[i] % rows == 0) {
      const ir::BatchAxis candidate{static_cast<int64_t>(i), y[i] / rows};
      // With one row several dims will do; the one at the old place says most to the operators after this one.
      if (!found || candidate == batch) found = candidate;
    }
    prefix *= y[i];
  }
  return found;
}

REGISTER_OP(Reshape);

}  // namespace mindird::ops

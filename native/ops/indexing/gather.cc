#include "ops/indexing/gather.h"

#include <cstring>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {

void Gather::attributes(ir::AttributeVisitor& v) {
  v.field("axis", axis);
  v.field("batch_dims", batch_dims);
}

Result<ir::Types> Gather::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 1));
  const Shape& x = in[0].shape;
  const Shape& indices = in[1].shape;
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, x.rank()));
  if (batch_dims < 0 || batch_dims > static_cast<int64_t>(std::min(at, indices.rank()))) {
    return invalid_argument(str("batch_dims is ", batch_dims, ", want 0 to ", std::min(at, indices.rank())));
  }
  const auto shared = static_cast<size_t>(batch_dims);
  for (size_t i = 0; i < shared; ++i) {
    if (x[i] != indices[i]) {
      return invalid_argument(str("input 1 is ", in[1].text(), ", want ", x[i], " in dimension ", i, " like input 0"));
    }
  }
  std::vector<int64_t> dims(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(at));
  dims.insert(dims.end(), indices.begin() + batch_dims, indices.end());
  dims.insert(dims.end(), x.begin() + static_cast<std::ptrdiff_t>(at) + 1, x.end());
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Gather::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const auto at = *normalize_axis(axis, x.shape().rank());
  const int64_t extent = x.shape()[at];
  // x is [batches][outer][extent][run], the indices [batches][count], y [batches][outer][count][run].
  size_t batches = 1;
  size_t outer = 1;
  for (size_t i = 0; i < at; ++i) (i < static_cast<size_t>(batch_dims) ? batches : outer) *= static_cast<size_t>(x.shape()[i]);
  size_t run = dtype_size(x.dtype());
  for (size_t i = at + 1; i < x.shape().rank(); ++i) run *= static_cast<size_t>(x.shape()[i]);
  const size_t count = static_cast<size_t>(indices.elements()) / batches;
  const size_t slab = static_cast<size_t>(extent) * run;
  std::byte* to = y.data;
  for (size_t b = 0; b < batches; ++b) {
    for (size_t o = 0; o < outer; ++o) {
      const std::byte* from = x.data + (b * outer + o) * slab;
      for (size_t i = 0; i < count; ++i, to += run) {
        int64_t index = 0;
        TRY(resolve_index(indices, b * count + i, extent, index));
        std::memcpy(to, from + static_cast<size_t>(index) * run, run);
      }
    }
  }
  return {};
}

std::optional<ir::BatchAxis> Gather::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis x = args.axes[0];
  const ir::BatchAxis indices = args.axes[1];
  const auto at = static_cast<int64_t>(*normalize_axis(axis, args.inputs[0].shape.rank()));
  if (x.axis < 0 && indices.axis < 0) return x;
  if (x.axis >= 0 && indices.axis >= 0) return x == indices && x.axis < batch_dims ? std::optional(x) : std::nullopt;
  // A matched dim pairs rows of one input with rows of the other: both must be the batch's, or neither.
  if (x.axis < 0) return indices.axis < batch_dims ? std::nullopt : std::optional(ir::BatchAxis{at + indices.axis - batch_dims, indices.inner});
  if (x.axis == at || x.axis < batch_dims) return std::nullopt;
  if (x.axis < at) return x;
  const auto added = static_cast<int64_t>(args.inputs[1].shape.rank()) - batch_dims;
  return ir::BatchAxis{x.axis - 1 + added, x.inner};
}

REGISTER_OP(Gather);

}  // namespace mindird::ops

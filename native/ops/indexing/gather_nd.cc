#include "ops/indexing/gather_nd.h"

#include <cstring>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

/// How many leading dims of x an index addresses.
size_t index_depth(const Shape& indices) { return static_cast<size_t>(indices[indices.rank() - 1]); }

}  // namespace

Result<ir::Types> GatherNd::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 1));
  TRY(expect_rank(in, 1, 1));
  const Shape& x = in[0].shape;
  const Shape& indices = in[1].shape;
  if (index_depth(indices) > x.rank()) {
    return invalid_argument(str("input 1 is ", in[1].text(), ", want at most ", x.rank(), " in its last dimension for input 0 of that rank"));
  }
  std::vector<int64_t> dims(indices.begin(), indices.end() - 1);
  dims.insert(dims.end(), x.begin() + static_cast<std::ptrdiff_t>(index_depth(indices)), x.end());
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status GatherNd::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  const size_t depth = index_depth(indices.shape());
  size_t run = dtype_size(x.dtype());
  for (size_t i = depth; i < x.shape().rank(); ++i) run *= static_cast<size_t>(x.shape()[i]);
  const size_t count = y.bytes() / run;
  for (size_t i = 0; i < count; ++i) {
    size_t offset = 0;
    for (size_t d = 0; d < depth; ++d) {
      int64_t index = 0;
      TRY(resolve_index(indices, i * depth + d, x.shape()[d], index));
      offset = offset * static_cast<size_t>(x.shape()[d]) + static_cast<size_t>(index);
    }
    std::memcpy(y.data + i * run, x.data + offset * run, run);
  }
  return {};
}

std::optional<ir::BatchAxis> GatherNd::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis x = args.axes[0];
  const ir::BatchAxis indices = args.axes[1];
  const auto last = static_cast<int64_t>(args.inputs[1].shape.rank()) - 1;
  if (x.axis < 0) return indices.axis < last ? std::optional(indices) : std::nullopt;
  const auto depth = static_cast<int64_t>(index_depth(args.inputs[1].shape));
  if (indices.axis >= 0 || x.axis < depth) return std::nullopt;
  return ir::BatchAxis{last + x.axis - depth, x.inner};
}

REGISTER_OP(GatherNd);

}  // namespace mindird::ops

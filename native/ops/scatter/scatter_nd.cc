#include "ops/scatter/scatter_nd.h"

#include <cstring>

#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

/// How many leading dims of x an index addresses.
size_t index_depth(const Shape& indices) { return static_cast<size_t>(indices[indices.rank() - 1]); }

/// Elements of the slice behind the addressed dims; the shape holds elements.
size_t slice_elements(const Shape& x, size_t depth) {
  size_t run = 1;
  for (size_t i = depth; i < x.rank(); ++i) run *= static_cast<size_t>(x[i]);
  return run;
}

}  // namespace

void ScatterNd::attributes(ir::AttributeVisitor& v) { v.choice("kind", kind, kScatterKindNames); }

Result<ir::Types> ScatterNd::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 3));
  TRY(expect_known(in));
  TRY(expect_index_type(in, 1));
  TRY(expect_rank(in, 1, 1));
  TRY(expect_dtype(in, 2, in[0].dtype));
  TRY(expect_scatter_type(kind, in));
  const Shape& x = in[0].shape;
  const Shape& indices = in[1].shape;
  if (index_depth(indices) > x.rank()) {
    return invalid_argument(str("input 1 is ", in[1].text(), ", want at most ", x.rank(), " in its last dimension for input 0 of that rank"));
  }
  std::vector<int64_t> updates(indices.begin(), indices.end() - 1);
  updates.insert(updates.end(), x.begin() + static_cast<std::ptrdiff_t>(index_depth(indices)), x.end());
  TRY(expect_shape(in, 2, Shape(std::move(updates))));
  return one_output(in[0]);
}

Status ScatterNd::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& updates = args.inputs[2];
  const Tensor& y = args.outputs[0];
  if (y.bytes() > 0) std::memcpy(y.data, x.data, y.bytes());
  if (updates.elements() == 0) return {};
  const size_t depth = index_depth(indices.shape());
  // Updates with elements can still be meant for an x without: then every index is outside.
  const size_t run = slice_elements(x.shape(), depth);
  const size_t count = static_cast<size_t>(updates.elements()) / run;
  return dispatch_scatter(kind, x.dtype(), [&]<class T>(auto combine) -> Status {
    const auto from = updates.as<const T>();
    const auto to = y.as<T>();
    for (size_t i = 0; i < count; ++i) {
      size_t offset = 0;
      for (size_t d = 0; d < depth; ++d) {
        int64_t index = 0;
        TRY(resolve_index(indices, i * depth + d, x.shape()[d], index));
        offset = offset * static_cast<size_t>(x.shape()[d]) + static_cast<size_t>(index);
      }
      for (size_t j = 0; j < run; ++j) to[offset * run + j] = combine(to[offset * run + j], from[i * run + j]);
    }
    return {};
  });
}

double ScatterNd::cost(std::span<const TensorType> in, std::span<const TensorType> out) const {
  return static_cast<double>(out[0].shape.elements()) + static_cast<double>(in[2].shape.elements());
}

std::optional<ir::BatchAxis> ScatterNd::batch_axis(const ir::BatchArgs& args) const {
  if (none_batched(args)) return ir::BatchAxis{};
  const ir::BatchAxis x = args.axes[0];
  const auto depth = static_cast<int64_t>(index_depth(args.inputs[1].shape));
  const auto leading = static_cast<int64_t>(args.inputs[1].shape.rank()) - 1;
  // Rows that lie inside the slices keep to themselves.
  if (x.axis < depth || args.axes[1].axis >= 0) return std::nullopt;
  const ir::BatchAxis inside{leading + x.axis - depth, x.inner};
  return args.axes[2] == inside ? std::optional(x) : std::nullopt;
}

REGISTER_OP(ScatterNd);

}  // namespace mindird::ops

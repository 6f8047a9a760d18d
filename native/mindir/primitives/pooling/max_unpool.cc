// MaxUnpool2D and MaxUnpool3D: values put back where their positions, counted within a plane (volume), say they came from; zeros elsewhere. Channels first.
#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/indexing/indices.h"
#include "ops/scatter/scatter_elements.h"

namespace mindird::mindir {
namespace {

/// A number for each spatial dimension: one for all, one each, or behind numbers for batch and channels.
Result<std::vector<int64_t>> spatial_values(const Call& call, std::string_view name, size_t spatial) {
  TRY_ASSIGN(std::vector<int64_t> given, call.integers(name, kAttributeOnly));
  if (given.size() == 1) return std::vector<int64_t>(spatial, given[0]);
  if (given.size() == spatial + 2) given.erase(given.begin(), given.begin() + 2);
  if (given.size() != spatial) return invalid_model(str(name, " has ", given.size(), " values, want ", spatial));
  return given;
}

/// The attribute "output_shape", else the size that pooling would have made these from.
Result<std::vector<int64_t>> unpooled_shape(const Call& call, const Shape& x, size_t spatial) {
  TRY_ASSIGN(const std::vector<int64_t> given, call.integers("output_shape", kAttributeOnly));
  TRY_ASSIGN(const std::vector<int64_t> kernel, spatial_values(call, "ksize", spatial));
  TRY_ASSIGN(const std::vector<int64_t> stride, spatial_values(call, "strides", spatial));
  TRY_ASSIGN(const std::vector<int64_t> pads, spatial_values(call, "pads", spatial));
  if (!given.empty()) {
    if (given.size() != x.rank() || given[0] != x[0] || given[1] != x[1])
      return invalid_model(str("output_shape ", list_text<int64_t>(given), " for ", x.text()));
    return given;
  }
  std::vector<int64_t> dims = x.vector();
  for (size_t i = 0; i < spatial; ++i) {
    const auto span = checked_mul(dims[i + 2] - 1, stride[i] == 0 ? kernel[i] : stride[i]);
    if (!span || kernel[i] < 0 || pads[i] < 0 || kernel[i] > kMaxMadeElements || pads[i] > kMaxMadeElements)
      return invalid_model(str("kernel ", list_text<int64_t>(kernel)));
    dims[i + 2] = *span - 2 * pads[i] + kernel[i];
  }
  return dims;
}

LowerFunction max_unpool(size_t spatial) {
  return [spatial](Call& call) -> Result<Item> {
    TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
    TRY(call.want_rank(x, spatial + 2, "the input"));
    TRY(call.want_known(x));
    TRY(call.channels_first(call.has("format") ? "format" : "data_format"));
    TRY_ASSIGN(const ir::ValueId at, index_tensor(call, 1));
    const Shape shape = call.shape(x);
    if (call.shape(at) != shape) return invalid_model(str("positions of type ", call.type(at).text(), " for ", call.type(x).text()));
    TRY_ASSIGN(const std::vector<int64_t> dims, unpooled_shape(call, shape, spatial));
    const auto elements = checked_product(dims);
    const int64_t planes = shape[0] * shape[1];
    if (!elements || *elements < 1 || planes < 1 || *elements > (int64_t{1} << 31U)) return unsupported(str("a result of shape ", list_text<int64_t>(dims)));
    TRY_ASSIGN(const ir::ValueId zeros, full(call, 0, {call.type(x).dtype, Shape{planes, *elements / planes}}));
    TRY_ASSIGN(const ir::ValueId values, call.reshape(x, {planes, shape.elements() / planes}));
    TRY_ASSIGN(const ir::ValueId places, call.reshape(at, {planes, shape.elements() / planes}));
    auto op = std::make_shared<ops::ScatterElements>();
    op->axis = 1;
    TRY_ASSIGN(const ir::ValueId put, call.emit(std::move(op), {zeros, places, values}));
    return call.result(call.reshape(put, dims));
  };
}

REGISTER_PRIMITIVE(MaxUnpool2D, max_unpool(2));
REGISTER_PRIMITIVE(MaxUnpool3D, max_unpool(3));

}  // namespace
}  // namespace mindird::mindir

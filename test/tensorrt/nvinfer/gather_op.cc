// The project's operators gather, with indices brought inside; what came of an index outside is cleared afterwards. Seen flat, the indices are rows of
// `width` numbers (the length of a tuple, else one), and each row is the source of as many runs of the output as there are outer positions.
#include "gather_op.h"

#include <cstring>
#include <vector>

#include "base/checked.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_elements.h"
#include "ops/indexing/gather_nd.h"
#include "ops/indexing/support_index.h"

namespace mindird::test_nvinfer {
namespace {

constexpr std::array<std::string_view, 3> kGatheringNames = {"slices", "elements", "tuples"};

/// Indices within bounds, and which rows of them were not.
struct Inside {
  std::vector<std::byte> bytes;
  std::vector<bool> outside;
};

Inside bring_inside(const Tensor& indices, std::span<const int64_t> bounds) {
  Inside out{{indices.data, indices.data + indices.bytes()}, std::vector<bool>(static_cast<size_t>(indices.elements()) / bounds.size())};
  const size_t size = dtype_size(indices.dtype());
  for (size_t i = 0; i < static_cast<size_t>(indices.elements()); ++i) {
    const int64_t bound = bounds[i % bounds.size()];
    const int64_t index = ops::read_index(indices, i);
    if (index >= -bound && index < bound) continue;
    out.outside[i / bounds.size()] = true;
    std::memset(out.bytes.data() + i * size, 0, size);
  }
  return out;
}

}  // namespace

void GatherOrZero::attributes(ir::AttributeVisitor& v) {
  v.choice("mode", mode, kGatheringNames);
  v.field("axis", axis);
  v.field("matched", matched);
}

ir::OpPtr GatherOrZero::strict() const {
  if (mode == Gathering::kTuples) return std::make_shared<ops::GatherNd>();
  if (mode == Gathering::kElements) {
    auto elements = std::make_shared<ops::GatherElements>();
    elements->axis = axis;
    return elements;
  }
  auto slices = std::make_shared<ops::Gather>();
  slices->axis = axis;
  slices->batch_dims = matched;
  return slices;
}

Result<ir::Types> GatherOrZero::infer(std::span<const TensorType> in) const { return strict()->infer(in); }

Status GatherOrZero::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& y = args.outputs[0];
  if (y.elements() == 0) return {};
  if (x.elements() == 0) {
    // Every index is outside.
    std::memset(y.data, 0, y.bytes());
    return {};
  }
  const auto at = static_cast<size_t>(axis);
  std::vector<int64_t> bounds;
  if (mode == Gathering::kTuples) {
    for (int64_t d = 0; d < indices.shape()[indices.shape().rank() - 1]; ++d) bounds.push_back(x.shape()[static_cast<size_t>(d)]);
  } else {
    bounds.push_back(x.shape()[at]);
  }
  Inside inside = bring_inside(indices, bounds);
  const Tensor inputs[] = {x, {indices.type, inside.bytes.data()}};
  ir::EvalArgs strict_args = args;
  strict_args.inputs = inputs;
  TRY(strict()->evaluate(strict_args));

  // The output is [batches][outer][rows][run], one run for each row of indices.
  const auto shared = static_cast<size_t>(matched);
  const auto dims = x.shape().dims();
  const int64_t batches = mode == Gathering::kSlices ? checked_product(dims.first(shared)).value_or(0) : 1;
  const int64_t outer = mode == Gathering::kSlices ? checked_product(dims.subspan(shared, at - shared)).value_or(0) : 1;
  const int64_t rows = static_cast<int64_t>(inside.outside.size()) / batches;
  const size_t run = y.bytes() / static_cast<size_t>(batches * outer * rows);
  for (int64_t b = 0; b < batches; ++b) {
    for (int64_t i = 0; i < outer * rows; ++i) {
      if (inside.outside[static_cast<size_t>(b * rows + i % rows)]) std::memset(y.data + static_cast<size_t>(b * outer * rows + i) * run, 0, run);
    }
  }
  return {};
}

REGISTER_OP(GatherOrZero);

}  // namespace mindird::test_nvinfer

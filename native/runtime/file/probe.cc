#include "runtime/file/probe.h"

#include <algorithm>

namespace mindird::runtime {
namespace {

/// Numbers of rows, those that most models take first.
constexpr std::array<int64_t, 16> kProbeRows{2, 3, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// Output types where `rows` and `size` fit.
std::optional<std::vector<TensorType>> types_at(const mindir::Module& module, int64_t rows, int64_t size) {
  auto graph = module.lower(probe_shapes(module, rows, size));
  if (!graph.ok()) return std::nullopt;
  for (const int64_t times : {2, 3}) {
    auto other = module.lower(probe_shapes(module, times * rows, times * size));
    if (other.ok()) return common_types(*graph, *other);
  }
  std::vector<TensorType> out;
  for (const ir::ValueId output : graph->outputs()) {
    out.push_back(graph->type(output));
    for (size_t d = 0; d < out.back().shape.rank(); ++d) out.back().shape[d] = -1;
  }
  return out;
}

}  // namespace

std::vector<Shape> probe_shapes(const mindir::Module& module, int64_t rows, int64_t size) {
  std::vector<Shape> out;
  for (const mindir::Declared& input : module.inputs()) {
    std::vector<int64_t> dims = input.type.shape.vector();
    for (size_t d = 0; d < dims.size(); ++d) {
      if (dims[d] < 0) dims[d] = d == 0 ? rows : size;
    }
    out.emplace_back(std::move(dims));
  }
  return out;
}

std::vector<TensorType> common_types(const ir::Graph& a, const ir::Graph& b) {
  std::vector<TensorType> out;
  for (size_t i = 0; i < a.outputs().size(); ++i) {
    TensorType type = a.type(a.outputs()[i]);
    const Shape& other = b.type(b.outputs()[i]).shape;
    for (size_t d = 0; d < type.shape.rank(); ++d) {
      if (d >= other.rank() || type.shape[d] != other[d]) type.shape[d] = -1;
    }
    out.push_back(type);
  }
  return out;
}

std::optional<std::vector<TensorType>> find_output_types(const mindir::Module& module, bool batch_alone) {
  for (const int64_t rows : kProbeRows) {
    for (const int64_t size : kProbeSizes) {
      if (auto types = types_at(module, rows, size)) return types;
      if (batch_alone) break;
    }
  }
  return std::nullopt;
}

}  // namespace mindird::runtime

// Products of operands that are views of memory in another order, against the operators' own evaluation.
#include <algorithm>
#include <numeric>

#include "engines/cpu/testing_graphs.h"
#include "ops/linear/matmul.h"
#include "ops/movement/reshape.h"
#include "ops/movement/transpose.h"

namespace mindird::engines::cpu::testing {
namespace {

/// A value of this shape that lies in memory in the order `order` of its dims.
ir::ValueId view(Net& net, const Shape& shape, const std::vector<int64_t>& order) {
  ops::Transpose op;
  op.perm.resize(shape.rank());
  std::vector<int64_t> stored(shape.rank());
  for (size_t i = 0; i < order.size(); ++i) {
    stored[i] = shape[static_cast<size_t>(order[i])];
    op.perm[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  }
  return net.node(op, {net.input(Shape(std::move(stored)))});
}

TEST(CpuProducts, OperandsInAnyOrderOfDims) {
  const std::vector<std::pair<int64_t, int64_t>> batches = {{1, 4}, {3, 1}, {1, 1}};
  for (const auto& [outer, inner] : batches) {
    std::vector<int64_t> order(4);
    std::iota(order.begin(), order.end(), 0);
    do {
      for (const int64_t rows : {1, 17}) {
        Net net;
        const auto a = view(net, {outer, inner, rows, 64}, rows == 1 ? order : std::vector<int64_t>{0, 2, 1, 3});
        const auto b = view(net, {outer, inner, 64, 16}, order);
        expect_kernels(net.done({net.node(ops::MatMul{}, {a, b})}), 1e-4, str(outer, "x", inner, "x", rows, " in order ", list_text<int64_t>(order)));
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(CpuProducts, HeadsCutFromTransposedRows) {
  for (const int64_t images : {1, 2}) {
    for (const int64_t rows : {1, 16, 17}) {
      Net net;
      ops::Transpose channels_first;
      channels_first.perm = {0, 2, 1};
      ops::Reshape heads;
      heads.shape = {images, 4, 16, 64};
      ops::MatMul product;
      product.transpose_b = true;
      const auto keys = net.node(heads, {net.node(channels_first, {net.input({images, 64, 64})})});
      expect_kernels(net.done({net.node(product, {net.input({images, 4, rows, 64}), keys})}), 1e-4, str(images, " images, ", rows, " rows"));
    }
  }
}

}  // namespace
}  // namespace mindird::engines::cpu::testing

// Steps on images, in plain memory and channels last, against the operators' own evaluation.
#include "engines/cpu/testing_graphs.h"
#include "ops/elementwise/binary.h"
#include "ops/elementwise/unary.h"
#include "ops/image/grid_sample.h"
#include "ops/image/resize.h"
#include "ops/linear/conv.h"
#include "ops/normalization/group_norm.h"

namespace mindird::engines::cpu::testing {
namespace {

/// An image as a convolution leaves it: channels last.
ir::ValueId image(Net& net, const Shape& shape) {
  ops::Conv conv;
  conv.stride = conv.dilation = {1, 1};
  conv.pad_begin = conv.pad_end = {0, 0};
  return net.node(conv, {net.input({shape[0], 4, shape[2], shape[3]}), net.weights({shape[1], 4, 1, 1})});
}

TEST(CpuImages, ResizeInAllModesAndCoordinates) {
  struct Case {
    Shape x;
    std::vector<int64_t> size;
  };
  const std::vector<Case> cases = {{{1, 2, 3, 4}, {7, 9}}, {{2, 3, 5, 7}, {2, 3}},      {{1, 19, 13, 11}, {26, 22}}, {{1, 1, 1, 1}, {3, 2}},
                                   {{2, 3, 4, 5}, {1, 1}}, {{3, 17, 19, 23}, {57, 41}}, {{1, 40, 61, 53}, {20, 31}}};
  for (size_t mode = 0; mode < ops::kResizeModeNames.size(); ++mode) {
    for (size_t coordinates = 0; coordinates < ops::kResizeCoordinatesNames.size(); ++coordinates) {
      for (const Case& c : cases) {
        ops::Resize op;
        op.mode = static_cast<ops::ResizeMode>(mode);
        op.coordinates = static_cast<ops::ResizeCoordinates>(coordinates);
        op.size = c.size;
        const std::string what = str(ops::kResizeModeNames[mode], " ", ops::kResizeCoordinatesNames[coordinates], c.x.text());
        Net plain;
        expect_kernels(plain.done({plain.node(op, {plain.input(c.x)})}), 1e-5, what);
        Net last;
        expect_kernels(last.done({last.node(op, {image(last, c.x)})}), 2e-5, str(what, " channels last"));
      }
    }
  }
}

TEST(CpuImages, ResizeOfOtherTypesAndRanks) {
  ops::Resize op;
  op.size = {37, 41};
  for (const DType dtype : {DType::kU8, DType::kI16, DType::kI32, DType::kI64}) {
    Net net;
    expect_kernels(net.done({net.node(op, {net.input({2, 19, 23, 29}, dtype)})}), 0, std::string(dtype_name(dtype)));
  }
  op.mode = ops::ResizeMode::kBilinear;
  for (const Shape& shape : {Shape{5, 7}, Shape{3, 5, 7}, Shape{2, 3, 1, 5, 7}}) {
    Net net;
    expect_kernels(net.done({net.node(op, {net.input(shape)})}), 1e-5, shape.text());
  }
}

TEST(CpuImages, NumbersBeyondAllBoundsAreResizedAlike) {
  for (const auto mode : {ops::ResizeMode::kNearest, ops::ResizeMode::kBilinear, ops::ResizeMode::kBicubic}) {
    Net net;
    ops::Resize op;
    op.mode = mode;
    op.size = {11, 14};
    const ir::Graph graph = net.done({net.node(op, {net.input({1, 2, 6, 7})})});
    Tensors inputs = random_inputs(graph);
    inputs.views[0].as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
    inputs.views[0].as<float>()[50] = std::numeric_limits<float>::infinity();
    expect_kernels(graph, inputs, 1e-5, "");
  }
}

TEST(CpuImages, GroupNormAlone) {
  const std::vector<Shape> shapes = {{2, 6, 5, 7}, {1, 48, 33, 47}, {3, 12, 9}, {2, 24}, {1, 6, 3, 5, 7}, {4, 32, 23, 29}};
  for (const Shape& shape : shapes) {
    for (const int64_t groups : {int64_t{1}, int64_t{2}, shape[1]}) {
      if (shape.rank() == 2 && groups == shape[1]) continue;  // groups of one element are zero whatever the element is
      ops::GroupNorm op;
      op.groups = groups;
      Net net;
      const auto gamma = net.weights({shape[1]});
      const auto beta = net.weights({shape[1]});
      ops::Unary silu;
      silu.kind = ops::UnaryKind::kSilu;
      const auto y = net.node(op, {net.input(shape), gamma, beta});
      const auto fused = net.node(silu, {net.node(ops::Binary{}, {net.node(op, {net.input(shape), gamma, beta}), net.input(shape)})});
      expect_kernels(net.done({y, fused}), 3e-5, str(shape.text(), " in ", groups));
      if (shape.rank() != 4) continue;
      Net last;
      const auto normal = last.node(op, {image(last, shape), last.weights({shape[1]}), last.weights({shape[1]})});
      expect_kernels(last.done({last.node(silu, {normal})}), 5e-5, str(shape.text(), " channels last in ", groups));
    }
  }
}

TEST(CpuImages, GroupNormKeepsTheVarianceBesideALargeMean) {
  ops::GroupNorm op;
  op.groups = 2;
  Net net;
  const ir::Graph graph = net.done({net.node(op, {net.input({2, 8, 31, 17}), net.weights({8}), net.weights({8})})});
  Tensors inputs = random_inputs(graph);
  for (float& v : inputs.views[0].as<float>()) v += 300;
  inputs.views[0].as<float>()[7] = std::numeric_limits<float>::quiet_NaN();
  expect_kernels(graph, inputs, 2e-4, "");
}

TEST(CpuImages, GridSample) {
  for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{1, 33, 17, 19}}) {
    for (const Shape& grid : {Shape{shape[0], 4, 3, 2}, Shape{shape[0], 31, 29, 2}}) {
      for (const int way : {0, 1, 2, 3, 4, 5, 6}) {
        ops::GridSample op;
        op.align_corners = way == 1;
        op.interpolation = static_cast<ops::GridInterpolation>(way / 2 % 2);
        op.padding = static_cast<ops::GridPadding>(way / 2 % 3);
        Net plain;
        const ir::Graph graph = plain.done({plain.node(op, {plain.input(shape), plain.input(grid)})});
        Tensors inputs = random_inputs(graph);
        inputs.views[1].as<float>()[1] = std::numeric_limits<float>::quiet_NaN();
        inputs.views[1].as<float>()[4] = std::numeric_limits<float>::infinity();
        expect_kernels(graph, inputs, 1e-5, shape.text());
        Net last;
        expect_kernels(last.done({last.node(op, {image(last, shape), last.input(grid)})}), 2e-5, str(shape.text(), " channels last"));
      }
    }
  }
}

}  // namespace
}  // namespace mindird::engines::cpu::testing

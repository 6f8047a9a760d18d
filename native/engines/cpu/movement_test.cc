// Steps that move data, against the operators' own evaluation: every element size, plain memory and channels-last.
#include "engines/cpu/testing_graphs.h"
#include "ops/linear/conv.h"
#include "ops/movement/concat.h"
#include "ops/movement/expand.h"
#include "ops/movement/pad.h"
#include "ops/movement/reverse.h"
#include "ops/movement/slice.h"
#include "ops/movement/tile.h"
#include "ops/movement/transpose.h"
#include "ops/movement/triangle.h"

namespace mindird::engines::cpu::testing {
namespace {

constexpr DType kSizes[] = {DType::kU8, DType::kI16, DType::kF32, DType::kI64};

/// An image as a convolution leaves it: channels last.
ir::ValueId image(Net& net, const Shape& shape) {
  ops::Conv conv;
  conv.stride = conv.dilation = {1, 1};
  conv.pad_begin = conv.pad_end = {0, 0};
  return net.node(conv, {net.input({shape[0], 4, shape[2], shape[3]}), net.weights({shape[1], 4, 1, 1})});
}

template <class Op>
void expect_moved(const Op& op, const std::string& what) {
  for (const Shape& shape : shapes_of_rank(4)) {
    const std::string where = str(what, shape.text());
    const auto types = op.infer(std::array{TensorType{DType::kF32, shape}});
    if (!types.ok() || (*types)[0].shape.elements() == 0) continue;
    for (const DType dtype : kSizes) {
      Net net;
      expect_kernels(net.done({net.node(op, {net.input(shape, dtype)})}), 0, where);
    }
    Net net;
    expect_kernels(net.done({net.node(op, {image(net, shape)})}), 2e-5, str(where, " channels last"));
  }
}

TEST(CpuMovement, Pad) {
  const std::vector<std::vector<int64_t>> amounts = {{0, 0, 0, 0}, {0, 0, 1, 2}, {1, 0, 0, 3}, {1, 1, 1, 1}, {0, 2, 4, 0}};
  for (const auto mode : {ops::PadMode::kConstant, ops::PadMode::kReflect, ops::PadMode::kSymmetric}) {
    for (size_t i = 0; i < amounts.size(); ++i) {
      ops::Pad op;
      op.mode = mode;
      op.before = amounts[i];
      op.after = amounts[(i + 2) % amounts.size()];
      op.value = 1.75;
      expect_moved(op, str("mode ", static_cast<int>(mode), list_text<int64_t>(op.before), list_text<int64_t>(op.after)));
    }
  }
}

TEST(CpuMovement, PadThatCuts) {
  const std::vector<std::vector<int64_t>> amounts = {{0, 0, -1, -2}, {1, -1, 2, -3}, {0, 0, -4, 3}, {0, 0, 6, -5}, {0, 0, -5, 6}};
  for (size_t i = 0; i < amounts.size(); ++i) {
    ops::Pad op;
    op.before = amounts[i];
    op.after = amounts[(i + 2) % amounts.size()];
    op.value = -2;
    expect_moved(op, str(list_text<int64_t>(op.before), list_text<int64_t>(op.after)));
  }
}

TEST(CpuMovement, Tile) {
  for (const std::vector<int64_t>& repeats : std::vector<std::vector<int64_t>>{{1, 1, 1, 1}, {2, 1, 1, 1}, {1, 1, 1, 3}, {1, 3, 2, 1}, {2, 1, 3, 2}}) {
    ops::Tile op;
    op.repeats = repeats;
    expect_moved(op, list_text(std::span(repeats)));
  }
}

TEST(CpuMovement, Reverse) {
  for (const std::vector<int64_t>& axes : std::vector<std::vector<int64_t>>{{}, {0}, {1}, {3}, {-2}, {2, 3}, {0, 1, 2, 3}}) {
    ops::Reverse op;
    op.axes = axes;
    expect_moved(op, list_text(std::span(axes)));
  }
}

TEST(CpuMovement, SliceAgainstTheDirectionOfMemory) {
  ops::Slice op;
  op.begin = {1, 2, 4, 5};
  op.size = {2, 2, 3, 2};
  op.stride = {-1, -1, -2, -3};
  for (const DType dtype : kSizes) {
    Net net;
    expect_kernels(net.done({net.node(op, {net.input({2, 3, 5, 7}, dtype)})}), 0);
  }
  op.begin = {0, 42, 300, 0};
  op.size = {1, 43, 301, 5};
  op.stride = {1, -1, -1, 1};
  Net net;
  expect_kernels(net.done({net.node(op, {image(net, {1, 43, 301, 5})})}), 2e-5, "channels last");
}

TEST(CpuMovement, Expand) {
  struct Case {
    Shape x;
    std::vector<int64_t> shape;
  };
  for (const Case& c : std::vector<Case>{{{}, {3, 5}}, {{7}, {301, 211, 7}}, {{301, 1}, {301, 401}}, {{5, 1, 3}, {2, 5, 4, 3}}, {{1, 211}, {301, 211}}}) {
    for (const DType dtype : kSizes) {
      Net net;
      ops::Expand op;
      op.shape = c.shape;
      expect_kernels(net.done({net.node(op, {net.input(c.x, dtype)})}), 0, c.x.text());
    }
  }
}

TEST(CpuMovement, ConcatOfEverySizeAndOrder) {
  for (const DType dtype : kSizes) {
    for (const int64_t axis : {0, 1, 2}) {
      Net net;
      const auto x = net.input({41, 43, 47}, dtype);
      ops::Transpose t;
      t.perm = {0, 2, 1};
      const auto turned = net.node(t, {net.input({41, 47, 43}, dtype)});
      ops::Concat op;
      op.axis = axis;
      expect_kernels(net.done({net.node(op, {x, turned, x})}), 0, str("axis ", axis));
    }
  }
}

TEST(CpuMovement, Triangle) {
  for (const Shape& shape : {Shape{3, 5}, Shape{2, 5, 3}, Shape{3, 131, 97}}) {
    for (const int64_t diagonal : {int64_t{0}, int64_t{-2}, int64_t{1}, int64_t{200}, std::numeric_limits<int64_t>::min()}) {
      for (const bool upper : {false, true}) {
        for (const DType dtype : kSizes) {
          ops::Triangle op;
          op.diagonal = diagonal;
          op.upper = upper;
          Net net;
          expect_kernels(net.done({net.node(op, {net.input(shape, dtype)})}), 0, str(shape.text(), diagonal));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mindird::engines::cpu::testing

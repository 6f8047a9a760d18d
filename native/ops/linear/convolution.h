// What Conv and ConvTranspose share: their attributes but one, the checks of operands, and the sizes their loops go over.
#pragma once

#include "ir/op.h"
#include "ops/pooling/window.h"

namespace mindird::ops {

struct ConvolutionGeometry {
  int64_t in_channels;   // per group
  int64_t out_channels;  // per group
  Triple in;
  Triple out;
  Triple kernel;
  Triple stride;
  Triple dilation;
  Triple pad;
};

/// Visits the lists that both operators have.
template <class Op>
void visit_window(ir::AttributeVisitor& v, Op& op) {
  v.field("stride", op.stride);
  v.field("dilation", op.dilation);
  v.field("pad_begin", op.pad_begin);
  v.field("pad_end", op.pad_end);
}

/// Checks number, ranks and element types of input, weight and bias, and the range of `groups`.
Status expect_convolution(std::span<const TensorType> in, int64_t groups);
/// INVALID_ARGUMENT for channels of input and weight that contradict each other.
Status unfit_channels(std::span<const TensorType> in, int64_t groups);

/// The window over the spatial dims of a weight; valid as long as both arguments.
template <class Op>
WindowAttributes window_of(const Op& op, const Shape& weight) {
  return {weight.dims().subspan(2), op.stride, op.dilation, op.pad_begin, op.pad_end};
}

/// Channels are those of one group.
template <class Op>
ConvolutionGeometry geometry_of(const Op& op, const ir::EvalArgs& args, int64_t in_channels, int64_t out_channels) {
  return {in_channels,
          out_channels,
          spatial_triple(args.inputs[0].shape()),
          spatial_triple(args.outputs[0].shape()),
          spatial_triple(args.inputs[1].shape()),
          to_triple(op.stride, 1),
          to_triple(op.dilation, 1),
          to_triple(op.pad_begin, 0)};
}

/// Multiplications for each element of the output of Conv, or of the input of ConvTranspose.
double taps_of(const Shape& weight);

/// Only the input carries the batch, in its first dim.
std::optional<ir::BatchAxis> convolution_batch_axis(const ir::BatchArgs& args);

}  // namespace mindird::ops

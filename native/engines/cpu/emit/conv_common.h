// What convolutions, transposed convolutions and pools share.
#pragma once

#include "engines/cpu/build/node_builder.h"

namespace mindird::engines::cpu {

/// Channels last, or plain when nothing is optimized.
Layout image_layout(const NodeBuilder& b, const Shape& shape);
/// [O,I,k…] as [G,O/G,I,k…]; unchanged for one group. `split` is the dim that counts all groups' channels.
Shape grouped_weight_shape(const Shape& weights, int64_t groups, size_t split);
/// Whether a stride, dilation or padding is the same along all dims.
bool all_are(const std::vector<int64_t>& values, int64_t wanted);
/// oneDNN counts dilation from 0.
std::vector<int64_t> minus_one(std::vector<int64_t> values);
/// A descriptor that leaves the layout to the primitive.
dnnl::memory::desc any_layout(const Shape& shape, DType dtype = DType::kF32);
/// Adds the weights argument in `wanted`, f32 or bf16: packed now when input i is constant, else by a reorder step. `given` describes the input's memory.
Status add_weights(NodeBuilder& b, size_t i, const Layout& given, const dnnl::memory::desc& wanted, std::vector<PrimitiveArg>& args);
/// A constant that lies as `source` says, in `wanted`, packed now.
Result<Ref> packed_weights(NodeBuilder& b, const ConstantPtr& constant, const dnnl::memory::desc& source, const dnnl::memory::desc& wanted);

}  // namespace mindird::engines::cpu

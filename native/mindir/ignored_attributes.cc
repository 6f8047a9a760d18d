#include "mindir/ignored_attributes.h"

#include <algorithm>
#include <array>

namespace mindird::mindir {
namespace {

/// Of any primitive: order of memory accesses (program.cc follows the edges), types and counts of the inputs, how training is spread over devices,
/// whether threads of MindSpore may write at once, what MindSpore adds to a network that it loaded from a file and wrote again,
/// and notes to MindSpore's own backends.
constexpr std::array<std::string_view, 23> kOfAny = {"DstT",
                                                     "N",
                                                     "SrcT",
                                                     "T",
                                                     "cust_aicpu",
                                                     "in_layout",
                                                     "in_strategy",
                                                     "inputNums",
                                                     "input_is_dynamic_shape",
                                                     "is_load",
                                                     "max_length",
                                                     "op_adaptation_processed",
                                                     "out_layout",
                                                     "out_strategy",
                                                     "primitive_function",
                                                     "primitive_target",
                                                     "recompute",
                                                     "side_effect_io",
                                                     "side_effect_mem",
                                                     "side_effect_propagate",
                                                     "strategy_gen_mode",
                                                     "use_locking",
                                                     "visited"};

struct Ignored {
  std::string_view primitive;
  std::string_view attribute;
};

/// What says again what inputs, types or another attribute say, or matters to training alone.
constexpr std::array kIgnored = {
    Ignored{"ArgMaxWithValue", "dimension"},
    Ignored{"AvgPool3D", "pad"},
    Ignored{"AvgPool3D", "pad_list"},
    Ignored{"BatchMatMul", "adj_x1"},
    Ignored{"BatchMatMul", "adj_x2"},
    Ignored{"BatchMatMul", "transpose_x1"},
    Ignored{"BatchMatMul", "transpose_x2"},
    Ignored{"BatchNorm", "momentum"},
    Ignored{"BatchToSpaceND", "origin_format"},
    Ignored{"BatchToSpaceNDV2", "origin_format"},
    Ignored{"BiasAdd", "data_format"},
    Ignored{"Conv2D", "groups"},
    Ignored{"Conv2D", "pad"},
    Ignored{"Conv2D", "pad_list"},
    Ignored{"Conv2DBackpropInput", "groups"},
    Ignored{"Conv2DBackpropInput", "kernel_size"},
    Ignored{"Conv2DBackpropInput", "mode"},
    Ignored{"Conv2DBackpropInput", "out_channel"},
    Ignored{"Conv2DBackpropInput", "pad"},
    Ignored{"Conv2DBackpropInput", "pad_list"},
    Ignored{"Conv2DTranspose", "groups"},
    Ignored{"Conv2DTranspose", "kernel_size"},
    Ignored{"Conv2DTranspose", "mode"},
    Ignored{"Conv2DTranspose", "out_channel"},
    Ignored{"Conv2DTranspose", "pad"},
    Ignored{"Conv2DTranspose", "pad_list"},
    Ignored{"Conv3D", "dilation"},
    Ignored{"Conv3D", "groups"},
    Ignored{"Conv3D", "pad"},
    Ignored{"Conv3D", "pad_list"},
    Ignored{"Conv3D", "stride"},
    Ignored{"Conv3DTranspose", "dilation"},
    Ignored{"Conv3DTranspose", "groups"},
    Ignored{"Conv3DTranspose", "in_channel"},
    Ignored{"Conv3DTranspose", "kernel_size"},
    Ignored{"Conv3DTranspose", "mode"},
    Ignored{"Conv3DTranspose", "out_channel"},
    Ignored{"Conv3DTranspose", "pad"},
    Ignored{"Conv3DTranspose", "pad_list"},
    Ignored{"Conv3DTranspose", "stride"},
    Ignored{"DepthwiseConv2dNative", "group"},
    Ignored{"DepthwiseConv2dNative", "pad"},
    Ignored{"DepthwiseConv2dNative", "pad_list"},
    Ignored{"DepthwiseConv2dNative", "pads"},
    Ignored{"Dropout", "side_effect_hidden"},
    Ignored{"Dropout2D", "side_effect_hidden"},
    Ignored{"Dropout3D", "side_effect_hidden"},
    Ignored{"EmbeddingLookup", "bprop_return_sparse"},
    Ignored{"FakeQuantPerChannel", "ema"},
    Ignored{"FakeQuantPerChannel", "ema_decay"},
    Ignored{"FakeQuantPerChannel", "quant_delay"},
    Ignored{"FakeQuantPerChannel", "training"},
    Ignored{"FakeQuantPerLayer", "ema"},
    Ignored{"FakeQuantPerLayer", "ema_decay"},
    Ignored{"FakeQuantPerLayer", "quant_delay"},
    Ignored{"FakeQuantPerLayer", "training"},
    Ignored{"IndexAdd", "use_lock"},
    Ignored{"InstanceNorm", "momentum"},
    Ignored{"LSTM", "dropout"},
    Ignored{"Lstsq", "fast"},
    Ignored{"MatMul", "transpose_x1"},
    Ignored{"MatMul", "transpose_x2"},
    Ignored{"MatrixSolveLs", "fast"},
    Ignored{"MaxPool3D", "ceil_mode"},
    Ignored{"MaxPool3D", "pad_list"},
    Ignored{"MaxPool3D", "x_shape"},
    Ignored{"MaxPool3DWithArgmax", "argmax_type"},
    Ignored{"MaxPoolWithArgmax", "data_format"},
    Ignored{"MaxPoolWithArgmax", "ksize"},
    Ignored{"MaxPoolWithArgmax", "padding"},
    Ignored{"MaxPoolWithArgmaxV2", "argmax_type"},
    Ignored{"PadV3", "padding_switched"},
    Ignored{"SequenceStack", "num"},
    Ignored{"SequenceUnstack", "num"},
    Ignored{"SpaceToBatchND", "origin_format"},
    Ignored{"SparseGatherV2", "bprop_return_sparse"},
    Ignored{"SparseTensorDenseMatmul", "adjoint_a"},
    Ignored{"SparseTensorDenseMatmul", "adjoint_b"},
    Ignored{"Split", "num_split"},
    Ignored{"Split", "size_splits"},
    Ignored{"Stack", "num"},
    Ignored{"TopK", "sorted"},
    Ignored{"Unstack", "num"},
};

}  // namespace

bool is_ignored_attribute(std::string_view primitive, std::string_view attribute, const Item& value) {
  const auto* flag = value.as<bool>();
  if (value.is_none() || (flag && !*flag)) return true;
  if (std::find(kOfAny.begin(), kOfAny.end(), attribute) != kOfAny.end()) return true;
  return std::any_of(kIgnored.begin(), kIgnored.end(), [&](const Ignored& entry) { return entry.primitive == primitive && entry.attribute == attribute; });
}

}  // namespace mindird::mindir

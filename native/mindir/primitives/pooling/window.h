// What convolutions and poolings share: spatial parameters given as 2, 3, 4 or 5 values, and padding modes.
#pragma once

#include <vector>

#include "mindir/primitives/primitive.h"

namespace mindird::mindir {

enum class PadMode : uint8_t { kPad, kSame, kValid };

/// A window over `n` spatial dimensions.
struct Window {
  std::vector<int64_t> kernel;
  std::vector<int64_t> stride;
  std::vector<int64_t> dilation;
  std::vector<int64_t> pad_begin;
  std::vector<int64_t> pad_end;
};

/// The last n of a list that has n values, or those of the batch and channel dimensions too; all positive.
Result<std::vector<int64_t>> spatial(std::vector<int64_t> values, std::string_view name, size_t n);
/// "same", "valid", "pad" as text in any case, or the number of MindSpore's enum.
Result<PadMode> pad_mode(const Call& call, std::string_view name, size_t position = kAttributeOnly);
/// Explicit padding (begin and end per dimension, n pairs) into the window.
Status set_padding(Window& window, const std::vector<int64_t>& pairs);
/// Padding that keeps ceil(size / stride) outputs, more of it at the end.
void set_same_padding(Window& window, std::span<const int64_t> sizes);

/// Operand 0, which has `rank` dimensions, of a known type.
Result<ir::ValueId> input_of_rank(Call& call, size_t rank);

/// Gives an operator whose kernel is a tensor the rest of its window.
template <class Op>
void set_steps(Op& op, const Window& window) {
  op.stride = window.stride;
  op.dilation = window.dilation;
  op.pad_begin = window.pad_begin;
  op.pad_end = window.pad_end;
}

/// Gives an operator with a window its attributes.
template <class Op>
void set_window(Op& op, const Window& window) {
  op.kernel = window.kernel;
  set_steps(op, window);
}

}  // namespace mindird::mindir

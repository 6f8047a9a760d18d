// Pad. Constant mode fills the output and copies what remains of the input into it. The mirroring modes look every output
// position up in a table of input positions per dim: reflect runs …2 1 | 0 1 2 …, symmetric …1 0 | 0 1 2….
#include "ops/movement/pad.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "ops/elementwise/saturate.h"
#include "ops/movement/strided_copy.h"
#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

template <class T>
T element_from(double value) {
  if constexpr (std::is_same_v<T, BoolByte>) {
    return BoolByte(value != 0);
  } else if constexpr (kIsFloating<T>) {
    return static_cast<T>(static_cast<Compute<T>>(value));
  } else {
    return saturate<T>(value);
  }
}

/// Input position shown at output position i of a dim of `size` elements, for mirroring modes.
int64_t mirrored(PadMode mode, int64_t i, int64_t before, int64_t size) {
  const int64_t position = i - before;
  const int64_t edge = mode == PadMode::kSymmetric ? 1 : 0;
  if (position < 0) return -position - edge;
  if (position >= size) return 2 * size - 2 - position + edge;
  return position;
}

}  // namespace

void Pad::attributes(ir::AttributeVisitor& v) {
  v.choice("mode", mode, kPadModeNames);
  v.field("before", before);
  v.field("after", after);
  v.field("value", value);
}

Result<ir::Types> Pad::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  TRY(expect_known(in));
  const Shape& x = in[0].shape;
  TRY(expect_count("before", before, x.rank()));
  TRY(expect_count("after", after, x.rank()));
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  TRY(expect_between("before", before, -kMost, kMost));
  TRY(expect_between("after", after, -kMost, kMost));
  std::vector<int64_t> dims;
  for (size_t i = 0; i < x.rank(); ++i) {
    if (mode != PadMode::kConstant) {
      const int64_t limit = mode == PadMode::kReflect ? std::max<int64_t>(x[i] - 1, 0) : x[i];
      TRY(expect_between("before", std::span(before).subspan(i, 1), 0, limit));
      TRY(expect_between("after", std::span(after).subspan(i, 1), 0, limit));
    }
    const auto sum = checked_add(before[i], after[i]);
    const auto size = sum ? checked_add(*sum, x[i]) : std::nullopt;
    if (!size || *size < 0) {
      return invalid_argument(str("dimension ", i, " of ", in[0].text(), " padded by ", before[i], " and ", after[i], ", want a size of 0 or more"));
    }
    dims.push_back(*size);
  }
  return one_output({in[0].dtype, Shape(std::move(dims))});
}

Status Pad::evaluate(const ir::EvalArgs& args) const {
  if (args.outputs[0].elements() == 0) return {};
  return mode == PadMode::kConstant ? pad_constant(args.inputs[0], args.outputs[0]) : pad_mirrored(args.inputs[0], args.outputs[0]);
}

std::array<std::byte, 8> Pad::element(DType dtype) const {
  std::array<std::byte, 8> out{};
  static_cast<void>(dispatch_any(dtype, [&]<class T>() {
    const T converted = element_from<T>(value);
    std::memcpy(out.data(), &converted, sizeof converted);
  }));
  return out;
}

Status Pad::pad_constant(const Tensor& x, const Tensor& y) const {
  TRY(dispatch_any(y.dtype(), [&]<class T>() { std::ranges::fill(y.as<T>(), element_from<T>(value)); }));
  const size_t rank = before.size();
  std::array<int64_t, kMaxRank> count{};
  for (size_t i = 0; i < rank; ++i) {
    const int64_t skipped = std::max<int64_t>(0, -before[i]);
    count[i] = std::min(x.shape()[i] - skipped, y.shape()[i] - std::max<int64_t>(0, before[i]));
    if (count[i] <= 0) return {};
  }
  std::array<int64_t, kMaxRank> x_strides{};
  std::array<int64_t, kMaxRank> y_strides{};
  int64_t x_stride = 1;
  int64_t y_stride = 1;
  int64_t x_offset = 0;
  int64_t y_offset = 0;
  for (size_t i = rank; i-- > 0;) {
    x_offset += std::max<int64_t>(0, -before[i]) * x_stride;
    y_offset += std::max<int64_t>(0, before[i]) * y_stride;
    x_strides[i] = x_stride;
    y_strides[i] = y_stride;
    x_stride *= x.shape()[i];
    y_stride *= y.shape()[i];
  }
  const auto width = static_cast<int64_t>(dtype_size(x.dtype()));
  StridedCopy copy(x.dtype(), x.data + x_offset * width, y.data + y_offset * width);
  for (size_t i = 0; i < rank; ++i) copy.add_dim(count[i], x_strides[i], y_strides[i]);
  copy.run();
  return {};
}

Status Pad::pad_mirrored(const Tensor& x, const Tensor& y) const {
  const size_t rank = before.size();
  std::vector<std::vector<int64_t>> source(rank);  // per dim: offset in x of each output position
  int64_t stride = 1;
  for (size_t d = rank; d-- > 0;) {
    for (int64_t i = 0; i < y.shape()[d]; ++i) source[d].push_back(mirrored(mode, i, before[d], x.shape()[d]) * stride);
    stride *= x.shape()[d];
  }
  if (rank == 0) source.push_back({0});
  const std::vector<int64_t>& row = source.back();
  const int64_t rows = y.elements() / static_cast<int64_t>(row.size());
  dispatch_element_size(x.dtype(), [&]<size_t N>() {
    std::byte* to = y.data;
    for (int64_t r = 0; r < rows; ++r) {
      int64_t base = 0;
      int64_t rest = r;
      for (size_t d = source.size() - 1; d-- > 0;) {
        base += source[d][static_cast<size_t>(rest % y.shape()[d])];
        rest /= y.shape()[d];
      }
      for (const int64_t offset : row) {
        std::memcpy(to, x.data + static_cast<size_t>(base + offset) * N, N);
        to += N;
      }
    }
  });
  return {};
}

std::optional<ir::BatchAxis> Pad::batch_axis(const ir::BatchArgs& args) const {
  const ir::BatchAxis batch = args.axes[0];
  if (batch.axis < 0) return batch;
  const auto at = static_cast<size_t>(batch.axis);
  return before[at] == 0 && after[at] == 0 ? std::optional(batch) : std::nullopt;
}

REGISTER_OP(Pad);

}  // namespace mindird::ops

#include "ops/indexing/masked_select.h"

#include <cstring>

#include "ops/support.h"
#include "ops/indexing/support_index.h"

namespace mindird::ops {
namespace {

/// Walks the broadcast shape in row-major order, keeping the element offsets of both inputs.
class Walk {
 public:
  Walk(const Shape& joint, const Shape& x, const Shape& mask) : shape_(joint) {
    fill_strides(x, x_strides_);
    fill_strides(mask, mask_strides_);
  }

  size_t x() const { return x_; }
  size_t mask() const { return mask_; }

  void next() {
    for (size_t d = shape_.rank(); d-- > 0;) {
      x_ += x_strides_[d];
      mask_ += mask_strides_[d];
      if (++position_[d] < shape_[d]) return;
      x_ -= x_strides_[d] * static_cast<size_t>(shape_[d]);
      mask_ -= mask_strides_[d] * static_cast<size_t>(shape_[d]);
      position_[d] = 0;
    }
  }

 private:
  void fill_strides(const Shape& from, std::array<size_t, kMaxRank>& strides) const {
    size_t stride = 1;
    for (size_t i = from.rank(); i-- > 0;) {
      strides[i + shape_.rank() - from.rank()] = from[i] == 1 ? 0 : stride;
      stride *= static_cast<size_t>(from[i]);
    }
  }

  const Shape& shape_;
  std::array<size_t, kMaxRank> x_strides_{};
  std::array<size_t, kMaxRank> mask_strides_{};
  std::array<int64_t, kMaxRank> position_{};
  size_t x_ = 0;
  size_t mask_ = 0;
};

}  // namespace

Result<ir::Types> MaskedSelect::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 2));
  TRY(expect_dtype(in, 1, DType::kBool));
  const auto joint = broadcast_shapes(in[0].shape, in[1].shape);
  if (!joint) return invalid_argument(str("input 1 is ", in[1].text(), ", want a shape that can be broadcast with ", in[0].text()));
  TRY(one_output({in[0].dtype, *joint}).status());
  return one_output({in[0].dtype, Shape{-1}});
}

Status MaskedSelect::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const auto mask = args.inputs[1].as<const BoolByte>();
  const Shape joint = *broadcast_shapes(x.shape(), args.inputs[1].shape());
  const int64_t total = joint.elements();
  int64_t count = 0;
  Walk counting(joint, x.shape(), args.inputs[1].shape());
  for (int64_t i = 0; i < total; ++i, counting.next()) count += static_cast<bool>(mask[counting.mask()]) ? 1 : 0;
  TRY(args.allocate(0, Shape{count}));
  std::byte* to = args.outputs[0].data;
  dispatch_element_size(x.dtype(), [&]<size_t N>() {
    Walk walk(joint, x.shape(), args.inputs[1].shape());
    for (int64_t i = 0; i < total; ++i, walk.next()) {
      if (!static_cast<bool>(mask[walk.mask()])) continue;
      std::memcpy(to, x.data + walk.x() * N, N);
      to += N;
    }
  });
  return {};
}

std::optional<ir::BatchAxis> MaskedSelect::batch_axis(const ir::BatchArgs& args) const {
  // How many elements a row contributes depends on its values.
  return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt;
}

REGISTER_OP(MaskedSelect);

}  // namespace mindird::ops

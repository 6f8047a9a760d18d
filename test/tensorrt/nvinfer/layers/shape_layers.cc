// Layers that move elements: constants, casts, shuffles, slices, concatenation, selection and gathering.
#include <algorithm>
#include <cstring>
#include <optional>

#include "base/strings.h"
#include "gather_op.h"
#include "network.h"
#include "ops/movement/concat.h"
#include "ops/movement/expand.h"
#include "ops/movement/identity.h"
#include "ops/movement/pad.h"
#include "ops/movement/reshape.h"
#include "ops/elementwise/select.h"
#include "ops/movement/slice.h"
#include "ops/scatter/scatter_elements.h"
#include "ops/scatter/scatter_nd.h"
#include "ops/movement/tile.h"
#include "ops/movement/transpose.h"
#include "ops/elementwise/unary.h"

namespace mindird::test_nvinfer {
namespace {

class ConstantLayer final : public LayerOf<IConstantLayer, defaults::ConstantLayer> {
 public:
  ConstantLayer(Network& n, Dims const& dims, Weights w) : LayerOf(n, LayerType::kCONSTANT, {}), shape_(ir_shape(dims)), weights_(w) {}
  Lowered lower(Lowering& l) const override {
    const auto dtype = ir_type(weights_.type);
    TRY(require(dtype.has_value(), "weights of a type without tensors"));
    TRY(require(dtype != DType::kBool, "no constants of bool"));
    TRY(require(weights_.count == shape_.elements(), str("weights have ", weights_.count, " values, want ", shape_.text())));
    TRY_ASSIGN(const ir::ValueId c, l.constant({*dtype, shape_}, weights_.values));
    return std::vector{c};
  }

 private:
  Shape shape_;
  Weights weights_;
};

class ShapeOf final : public LayerOf<IShapeLayer, defaults::ShapeLayer> {
 public:
  ShapeOf(Network& n, ITensor& x) : LayerOf(n, LayerType::kSHAPE, {&x}) {}
  Lowered lower(Lowering& l) const override {
    const std::vector<int64_t>& dims = l.type(0).shape.vector();
    TRY_ASSIGN(const ir::ValueId c, l.constant({DType::kI64, {static_cast<int64_t>(dims.size())}}, dims.data()));
    return std::vector{c};
  }
};

class Cast final : public LayerOf<ICastLayer, defaults::CastLayer> {
 public:
  Cast(Network& n, ITensor& x, DataType to) : LayerOf(n, LayerType::kCAST, {&x}), to_(to) {}
  Lowered lower(Lowering& l) const override {
    const auto to = ir_type(to_);
    TRY(require(to.has_value(), "a cast to a type without tensors"));
    const auto bytes_to = [](DType one, DType other) { return one != DType::kU8 || other == DType::kF32 || other == DType::kF16; };
    TRY(require(bytes_to(l.type(0).dtype, *to) && bytes_to(*to, l.type(0).dtype), "kUINT8 is converted to and from kFLOAT and kHALF alone"));
    TRY_ASSIGN(ir::ValueId y, l.cast(l.in[0], *to));
    if (is_integer(*to) && is_floating(l.type(0).dtype)) {
      auto nan = std::make_shared<ops::Unary>();
      nan->kind = ops::UnaryKind::kIsNan;
      TRY_ASSIGN(const ir::ValueId undefined, l.add(nan, {l.in[0]}));
      TRY_ASSIGN(y, l.spoil(undefined, y));
    }
    return std::vector{y};
  }

 private:
  DataType to_;
};

class Identity final : public LayerOf<IIdentityLayer, defaults::IdentityLayer> {
 public:
  Identity(Network& n, ITensor& x) : LayerOf(n, LayerType::kIDENTITY, {&x}) {}
  Lowered lower(Lowering& l) const override {
    TRY_ASSIGN(const ir::ValueId y, l.add(std::make_shared<ops::Identity>(), {l.in[0]}));
    return std::vector{y};
  }
};

class Shuffle final : public LayerOf<IShuffleLayer, defaults::ShuffleLayer> {
 public:
  Shuffle(Network& n, ITensor& x) : LayerOf(n, LayerType::kSHUFFLE, {&x}) {}
  /// Input 1 is a computed shape.
  void setInput(int32_t index, ITensor& tensor) noexcept override {
    if (index == 1) return set_input(1, tensor);
    Layer::setInput(index, tensor);
  }
  void setFirstTranspose(Permutation const& order) noexcept override {
    first_ = order;
    changed();
  }
  void setReshapeDimensions(Dims const& dims) noexcept override {
    shape_ = ir_shape(dims);
    changed();
  }
  void setZeroIsPlaceholder(bool placeholder) noexcept override {
    placeholder_ = placeholder;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    ir::ValueId x = l.in[0];
    if (first_) {
      auto op = std::make_shared<ops::Transpose>();
      for (size_t d = 0; d < l.rank(0); ++d) op->perm.push_back(first_->order[d]);
      TRY_ASSIGN(x, l.add(op, {x}));
    }
    if (shape_ || l.in.size() > 1) {
      auto op = std::make_shared<ops::Reshape>();
      TRY_ASSIGN(op->shape, target(l, x));
      TRY_ASSIGN(x, l.add(op, {x}));
    }
    return std::vector{x};
  }

 private:
  /// Of -1 there may be one, which takes what the others leave.
  Result<std::vector<int64_t>> target(const Lowering& l, ir::ValueId x) const {
    std::vector<int64_t> dims;
    if (l.in.size() > 1) {
      TRY_ASSIGN(dims, l.shape_values(1));
    } else {
      dims = shape_->vector();
    }
    const auto open = std::find(dims.begin(), dims.end(), -1);
    TRY(require(open == dims.end() || std::find(open + 1, dims.end(), -1) == dims.end(), "more than one -1 in a reshape"));
    int64_t known = 1;
    for (int64_t d : dims) {
      TRY(require(d > 0 || d == -1 || (d == 0 && !placeholder_), "the test library reshapes to known sizes only"));
      known *= d == -1 ? 1 : d;
    }
    const int64_t elements = l.graph.type(x).shape.elements();
    TRY(require(open == dims.end() || (known > 0 && elements % known == 0), str("no size fits the -1 for ", l.graph.type(x).text())));
    if (open != dims.end()) *open = elements / known;
    return dims;
  }

  std::optional<Permutation> first_;
  std::optional<Shape> shape_;
  bool placeholder_ = true;
};

class Slice final : public LayerOf<ISliceLayer, defaults::SliceLayer> {
 public:
  Slice(Network& n, ITensor& x, Dims const& start, Dims const& size, Dims const& stride)
      : LayerOf(n, LayerType::kSLICE, {&x}), start_(ir_shape(start)), size_(ir_shape(size)), stride_(ir_shape(stride)) {}
  void setMode(SampleMode mode) noexcept override {
    mode_ = mode;
    changed();
  }
  /// Input 2 is a computed size, input 4 the value to fill with; the test library has no computed start or stride.
  void setInput(int32_t index, ITensor& tensor) noexcept override {
    if (index == 0) return Layer::setInput(index, tensor);
    if (index != 2 && index != 4) missing("ISliceLayer::setInput of a computed start or stride");
    size_t& slot = index == 2 ? size_input_ : fill_input_;
    if (slot == 0) slot = inputs().size();
    set_input(slot, tensor);
  }
  Lowered lower(Lowering& l) const override {
    const size_t rank = l.rank(0);
    Shape size = size_;
    if (size_input_ > 0) {
      TRY_ASSIGN(std::vector<int64_t> values, l.shape_values(size_input_));
      size = Shape(std::move(values));
    }
    TRY(require(start_.rank() == rank && size.rank() == rank && stride_.rank() == rank, str("start, size and stride do not fit ", l.type(0).text())));
    TRY(require(fill_input_ == 0 || mode_ == SampleMode::kFILL, "a fill value outside fill mode"));
    if (mode_ == SampleMode::kWRAP) return wrapped(l, size);
    return mode_ == SampleMode::kSTRICT_BOUNDS ? within(l, size) : padded(l, size);
  }

 private:
  /// A stride of 0 repeats one element: broadcasting.
  Lowered within(Lowering& l, const Shape& size) const {
    auto op = std::make_shared<ops::Slice>();
    op->begin = start_.vector();
    op->size = size.vector();
    op->stride = stride_.vector();
    bool repeats = false;
    for (size_t d = 0; d < size.rank(); ++d) {
      if (stride_[d] != 0) continue;
      repeats = repeats || size[d] != 1;
      op->size[d] = 1;
    }
    TRY_ASSIGN(ir::ValueId y, l.add(op, {l.in[0]}));
    if (repeats) {
      auto expand = std::make_shared<ops::Expand>();
      expand->shape = size.vector();
      TRY_ASSIGN(y, l.add(expand, {y}));
    }
    return std::vector{y};
  }

  /// From the beginning to a multiple of every size: repeating.
  Lowered wrapped(Lowering& l, const Shape& size) const {
    auto op = std::make_shared<ops::Tile>();
    for (size_t d = 0; d < size.rank(); ++d) {
      const int64_t one = l.type(0).shape[d];
      TRY(require(start_[d] == 0 && stride_[d] == 1 && size[d] % one == 0, "the test library wraps whole copies only"));
      op->repeats.push_back(size[d] / one);
    }
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }
  Lowered padded(Lowering& l, const Shape& size) const {
    TRY(require(mode_ == SampleMode::kFILL || mode_ == SampleMode::kREFLECT, "slice mode is not in the test library"));
    auto op = std::make_shared<ops::Pad>();
    op->mode = mode_ == SampleMode::kFILL ? ops::PadMode::kConstant : ops::PadMode::kReflect;
    for (size_t d = 0; d < size.rank(); ++d) {
      TRY(require(stride_[d] == 1, "the test library pads with stride 1 only"));
      op->before.push_back(-start_[d]);
      op->after.push_back(start_[d] + size[d] - l.type(0).shape[d]);
    }
    if (fill_input_ > 0) {
      TRY(require(l.type(fill_input_).dtype == l.type(0).dtype && l.type(fill_input_).shape.elements() == 1,
                  "the fill value is not one element of the input's type"));
      op->value = l.number(fill_input_).value_or(0);
    }
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }

  Shape start_;
  Shape size_;
  Shape stride_;
  SampleMode mode_ = SampleMode::kSTRICT_BOUNDS;
  size_t size_input_ = 0;  // positions among the inputs, 0: none
  size_t fill_input_ = 0;
};

class Concatenation final : public LayerOf<IConcatenationLayer, defaults::ConcatenationLayer> {
 public:
  Concatenation(Network& n, const std::vector<ITensor*>& inputs) : LayerOf(n, LayerType::kCONCATENATION, inputs) {}
  void setAxis(int32_t axis) noexcept override {
    axis_ = axis;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    for (size_t i = 1; i < l.in.size(); ++i) TRY(require(l.type(i).dtype == l.type(0).dtype, "inputs of different types"));
    auto op = std::make_shared<ops::Concat>();
    // Without an axis it is the third from the end, or the first.
    op->axis = axis_.value_or(std::max<int64_t>(static_cast<int64_t>(l.rank(0)) - 3, 0));
    TRY(require(op->axis >= 0 && op->axis < static_cast<int64_t>(l.rank(0)), str("axis ", op->axis, " of ", l.type(0).text())));
    TRY_ASSIGN(const ir::ValueId y, l.add(op, l.in));
    return std::vector{y};
  }

 private:
  std::optional<int64_t> axis_;
};

class Select final : public LayerOf<ISelectLayer, defaults::SelectLayer> {
 public:
  Select(Network& n, ITensor& c, ITensor& x, ITensor& y) : LayerOf(n, LayerType::kSELECT, {&c, &x, &y}) {}
  Lowered lower(Lowering& l) const override {
    TRY(require(l.type(0).dtype == DType::kBool, "the condition is not bool"));
    TRY(require(l.type(1).dtype == l.type(2).dtype, "both choices must have one type"));
    TRY(require(l.rank(0) == l.rank(1) && l.rank(1) == l.rank(2), "ranks differ"));
    TRY_ASSIGN(const ir::ValueId y, l.add(std::make_shared<ops::Select>(), l.in));
    return std::vector{y};
  }
};

class Gather final : public LayerOf<IGatherLayer, defaults::GatherLayer> {
 public:
  Gather(Network& n, ITensor& x, ITensor& indices, GatherMode mode, int32_t axis) : LayerOf(n, LayerType::kGATHER, {&x, &indices}), mode_(mode), axis_(axis) {}
  void setGatherAxis(int32_t axis) noexcept override {
    axis_ = axis;
    changed();
  }
  void setNbElementWiseDims(int32_t count) noexcept override {
    matched_ = count;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    TRY(require(l.type(1).dtype == DType::kI32 || l.type(1).dtype == DType::kI64, "indices are not int32 or int64"));
    const bool axis_used = mode_ != GatherMode::kND;
    TRY(require(!axis_used || (axis_ >= 0 && axis_ < static_cast<int32_t>(l.rank(0))), str("axis ", axis_, " of ", l.type(0).text())));
    TRY(require(matched_ == 0 || (matched_ == 1 && mode_ == GatherMode::kDEFAULT), "at most one matched dim in default mode, else none"));
    const bool tuples = l.rank(1) > 0 && l.type(1).shape[l.rank(1) - 1] > 0;
    TRY(require(mode_ != GatherMode::kND || tuples, str("indices of ", l.type(1).text(), " hold no tuples")));
    TRY_ASSIGN(const ir::ValueId y, l.add(op(), l.in));
    return std::vector{y};
  }

 private:
  ir::OpPtr op() const {
    auto gather = std::make_shared<GatherOrZero>();
    gather->mode = mode_ == GatherMode::kND ? Gathering::kTuples : mode_ == GatherMode::kELEMENT ? Gathering::kElements : Gathering::kSlices;
    gather->axis = axis_;
    gather->matched = matched_;
    return gather;
  }

  GatherMode mode_;
  int32_t axis_;
  int32_t matched_ = 0;
};

class Scatter final : public LayerOf<IScatterLayer, defaults::ScatterLayer> {
 public:
  Scatter(Network& n, ITensor& x, ITensor& indices, ITensor& updates, ScatterMode mode)
      : LayerOf(n, LayerType::kSCATTER, {&x, &indices, &updates}), mode_(mode) {}
  void setMode(ScatterMode mode) noexcept override {
    mode_ = mode;
    changed();
  }
  void setAxis(int32_t axis) noexcept override {
    axis_ = axis;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    TRY(require(l.type(1).dtype == DType::kI32 || l.type(1).dtype == DType::kI64, "indices are not int32 or int64"));
    TRY(require(l.type(0).dtype == l.type(2).dtype, "data and updates differ in type"));
    TRY(require(l.rank(0) > 0 && l.rank(1) > 0 && l.rank(2) > 0, "data, indices and updates have at least one dim"));
    if (mode_ == ScatterMode::kND) {
      TRY_ASSIGN(const ir::ValueId y, l.add(std::make_shared<ops::ScatterNd>(), l.in));
      return std::vector{y};
    }
    TRY(require(l.rank(0) == l.rank(1) && l.rank(1) == l.rank(2), "ranks differ"));
    TRY(require(axis_ >= 0 && axis_ < static_cast<int32_t>(l.rank(0)), str("axis ", axis_, " of ", l.type(0).text())));
    auto op = std::make_shared<ops::ScatterElements>();
    op->axis = axis_;
    TRY_ASSIGN(const ir::ValueId y, l.add(std::move(op), l.in));
    return std::vector{y};
  }

 private:
  ScatterMode mode_;
  int32_t axis_ = 0;
};

}  // namespace

IConstantLayer* Network::addConstant(Dims const& dims, Weights w) noexcept { return keep_layer(std::make_unique<ConstantLayer>(*this, dims, w)); }
ICastLayer* Network::addCast(ITensor& x, DataType to) noexcept { return keep_layer(std::make_unique<Cast>(*this, x, to)); }
IIdentityLayer* Network::addIdentity(ITensor& x) noexcept { return keep_layer(std::make_unique<Identity>(*this, x)); }
IShapeLayer* Network::addShape(ITensor& x) noexcept { return keep_layer(std::make_unique<ShapeOf>(*this, x)); }
IShuffleLayer* Network::addShuffle(ITensor& x) noexcept { return keep_layer(std::make_unique<Shuffle>(*this, x)); }
ISliceLayer* Network::addSlice(ITensor& x, Dims const& start, Dims const& size, Dims const& stride) noexcept {
  return keep_layer(std::make_unique<Slice>(*this, x, start, size, stride));
}
IConcatenationLayer* Network::addConcatenation(ITensor* const* inputs, int32_t count) noexcept {
  return keep_layer(std::make_unique<Concatenation>(*this, std::vector<ITensor*>(inputs, inputs + count)));
}
ISelectLayer* Network::addSelect(ITensor& c, ITensor& x, ITensor& y) noexcept { return keep_layer(std::make_unique<Select>(*this, c, x, y)); }
IGatherLayer* Network::addGather(ITensor& x, ITensor& indices, int32_t axis) noexcept {
  return keep_layer(std::make_unique<Gather>(*this, x, indices, GatherMode::kDEFAULT, axis));
}
IScatterLayer* Network::addScatter(ITensor& x, ITensor& indices, ITensor& updates, ScatterMode mode) noexcept {
  return keep_layer(std::make_unique<Scatter>(*this, x, indices, updates, mode));
}
IGatherLayer* Network::addGatherV2(ITensor& x, ITensor& indices, GatherMode mode) noexcept {
  return keep_layer(std::make_unique<Gather>(*this, x, indices, mode, 0));
}

}  // namespace mindird::test_nvinfer

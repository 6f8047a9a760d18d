// Convolution, deconvolution and pooling over two or three spatial dims.
#include "base/strings.h"
#include "network.h"
#include "ops/linear/conv.h"
#include "ops/linear/conv_transpose.h"
#include "ops/pooling/pool.h"

namespace mindird::test_nvinfer {
namespace {

std::vector<int64_t> list(const Dims& dims) { return ir_shape(dims).vector(); }

Dims repeated(int32_t count, int64_t value) {
  Dims out{};
  out.nbDims = count;
  for (int32_t i = 0; i < count; ++i) out.d[i] = value;
  return out;
}

/// One number per dim of the window, none below `least`.
Status require_each(const char* what, const Dims& dims, const Dims& window, int64_t least) {
  TRY(require(dims.nbDims == window.nbDims, str(what, " has ", dims.nbDims, " dims, the window has ", window.nbDims)));
  for (int64_t v : list(dims)) TRY(require(v >= least, str(what, " is ", v, ", want at least ", least)));
  return {};
}

/// The window parameters both kinds of convolution share.
template <class I, class D>
class Windowed : public LayerOf<I, D> {
 public:
  Windowed(Network& n, LayerType type, ITensor& x, int64_t maps, Dims const& kernel, Weights w, Weights bias)
      : LayerOf<I, D>(n, type, {&x}),
        maps_(maps),
        kernel_(kernel),
        weights_(w),
        bias_(bias),
        stride_(repeated(kernel.nbDims, 1)),
        dilation_(stride_),
        before_(repeated(kernel.nbDims, 0)),
        after_(before_) {}
  void setStrideNd(Dims const& v) noexcept override { set(stride_, v); }
  void setDilationNd(Dims const& v) noexcept override { set(dilation_, v); }
  void setPrePadding(Dims const& v) noexcept override { set(before_, v); }
  void setPostPadding(Dims const& v) noexcept override { set(after_, v); }
  void setNbGroups(int64_t groups) noexcept override {
    groups_ = groups;
    this->changed();
  }
  /// Inputs 1 and 2 are kernel and bias as tensors.
  void setInput(int32_t index, ITensor& tensor) noexcept override {
    if (index == 1 || index == 2) return this->set_input(static_cast<size_t>(index), tensor);
    Layer::setInput(index, tensor);
  }

 protected:
  void set(Dims& field, Dims const& value) {
    field = value;
    this->changed();
  }
  /// Weights of [maps, …] from the layer or from input 1, and the bias, if any, from the layer or from input 2 (NvInfer.h, setInput of both layers).
  Result<std::vector<ir::ValueId>> operands(Lowering& l, const Shape& weights) const {
    TRY(require(kernel_.nbDims == 2 || kernel_.nbDims == 3, "a kernel of two or three dims is wanted"));
    TRY(require(l.rank(0) == static_cast<size_t>(kernel_.nbDims) + 2, str("input ", l.type(0).text(), " does not fit the kernel's rank")));
    TRY(require_floating(l.type(0)));
    TRY(require_each("kernel", kernel_, kernel_, 1));
    TRY(require_each("stride", stride_, kernel_, 1));
    TRY(require_each("dilation", dilation_, kernel_, 1));
    TRY(require_each("padding", before_, kernel_, 0));
    TRY(require_each("padding", after_, kernel_, 0));
    std::vector<ir::ValueId> out = {l.in[0]};
    if (l.in.size() > 1) {
      TRY(require(weights_.count == 0, "kernel weights and a kernel tensor"));
      TRY(require(l.type(1).shape == weights, str("kernel ", l.type(1).text(), ", want ", weights.text())));
      out.push_back(l.in[1]);
    } else {
      TRY(require(weights_.count == weights.elements(), str("kernel weights have ", weights_.count, " values, want ", weights.text())));
      TRY(require(ir_type(weights_.type) == l.type(0).dtype, "kernel weights of another type than the input"));
      TRY_ASSIGN(const ir::ValueId w, l.constant({l.type(0).dtype, weights}, weights_.values));
      out.push_back(w);
    }
    if (l.in.size() > 2) {
      TRY(require(bias_.count == 0, "bias weights and a bias tensor"));
      out.push_back(l.in[2]);
    } else if (bias_.count > 0) {
      TRY(require(bias_.count == maps_, str("bias has ", bias_.count, " values, want ", maps_)));
      TRY(require(ir_type(bias_.type) == l.type(0).dtype, "bias of another type than the input"));
      TRY_ASSIGN(const ir::ValueId b, l.constant({l.type(0).dtype, Shape{maps_}}, bias_.values));
      out.push_back(b);
    }
    for (ir::ValueId v : out) TRY(require(l.graph.type(v).dtype == l.type(0).dtype, "operands of different types"));
    return out;
  }
  template <class Op>
  void fill(Op& op) const {
    op.stride = list(stride_);
    op.dilation = list(dilation_);
    op.pad_begin = list(before_);
    op.pad_end = list(after_);
    op.groups = groups_;
  }

  int64_t maps_;
  Dims kernel_;
  Weights weights_;
  Weights bias_;
  Dims stride_;
  Dims dilation_;
  Dims before_;
  Dims after_;
  int64_t groups_ = 1;
};

class Convolution final : public Windowed<IConvolutionLayer, defaults::ConvolutionLayer> {
 public:
  using Windowed::Windowed;
  Lowered lower(Lowering& l) const override {
    TRY(require(groups_ > 0 && l.rank(0) > 1 && l.type(0).shape[1] % groups_ == 0, "groups do not divide the channels"));
    TRY(require(maps_ > 0 && maps_ % groups_ == 0, "groups do not divide the output maps"));
    std::vector<int64_t> weights = {maps_, l.type(0).shape[1] / groups_};
    for (int64_t k : list(kernel_)) weights.push_back(k);
    TRY_ASSIGN(const auto in, operands(l, Shape(std::move(weights))));
    auto op = std::make_shared<ops::Conv>();
    fill(*op);
    TRY_ASSIGN(const ir::ValueId y, l.add(op, in));
    return std::vector{y};
  }
};

class Deconvolution final : public Windowed<IDeconvolutionLayer, defaults::DeconvolutionLayer> {
 public:
  using Windowed::Windowed;
  Lowered lower(Lowering& l) const override {
    TRY(require(groups_ > 0 && maps_ > 0 && maps_ % groups_ == 0, "groups do not divide the output maps"));
    TRY(require(l.rank(0) > 1 && l.type(0).shape[1] % groups_ == 0, "groups do not divide the channels"));
    std::vector<int64_t> weights = {l.type(0).shape[1], maps_ / groups_};
    for (int64_t k : list(kernel_)) weights.push_back(k);
    TRY_ASSIGN(const auto in, operands(l, Shape(std::move(weights))));
    auto op = std::make_shared<ops::ConvTranspose>();
    fill(*op);
    op->output_padding.assign(op->stride.size(), 0);
    TRY_ASSIGN(const ir::ValueId y, l.add(op, in));
    return std::vector{y};
  }
};

class Pooling final : public LayerOf<IPoolingLayer, defaults::PoolingLayer> {
 public:
  Pooling(Network& n, ITensor& x, PoolingType type, Dims const& window)
      : LayerOf(n, LayerType::kPOOLING, {&x}),
        kind_(type),
        window_(window),
        stride_(repeated(window.nbDims, 1)),
        before_(repeated(window.nbDims, 0)),
        after_(before_) {}
  void setStrideNd(Dims const& v) noexcept override { set(stride_, v); }
  void setPrePadding(Dims const& v) noexcept override { set(before_, v); }
  void setPostPadding(Dims const& v) noexcept override { set(after_, v); }
  void setAverageCountExcludesPadding(bool excludes) noexcept override {
    excludes_ = excludes;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    TRY(require_floating(l.type(0)));
    TRY(require(window_.nbDims == 2 || window_.nbDims == 3, "a window of two or three dims is wanted"));
    TRY(require(kind_ == PoolingType::kMAX || kind_ == PoolingType::kAVERAGE, "maximum or average is wanted"));
    TRY(require(l.rank(0) == static_cast<size_t>(window_.nbDims) + 2, str("input ", l.type(0).text(), " does not fit the window's rank")));
    TRY(require_each("window", window_, window_, 1));
    TRY(require_each("stride", stride_, window_, 1));
    TRY(require_each("padding", before_, window_, 0));
    TRY(require_each("padding", after_, window_, 0));
    for (int32_t d = 0; d < window_.nbDims; ++d) {
      TRY(require(before_.d[d] < window_.d[d] && after_.d[d] < window_.d[d], "padding as large as the window"));
    }
    auto op = std::make_shared<ops::Pool>();
    op->kind = kind_ == PoolingType::kMAX ? ops::PoolKind::kMax : ops::PoolKind::kAverage;
    op->kernel = list(window_);
    op->stride = list(stride_);
    op->dilation.assign(op->kernel.size(), 1);
    op->pad_begin = list(before_);
    op->pad_end = list(after_);
    op->count_include_pad = !excludes_;
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }

 private:
  void set(Dims& field, Dims const& value) {
    field = value;
    changed();
  }
  PoolingType kind_;
  Dims window_;
  Dims stride_;
  Dims before_;
  Dims after_;
  bool excludes_ = true;
};

}  // namespace

IConvolutionLayer* Network::addConvolutionNd(ITensor& x, int64_t maps, Dims const& kernel, Weights w, Weights bias) noexcept {
  return keep_layer(std::make_unique<Convolution>(*this, LayerType::kCONVOLUTION, x, maps, kernel, w, bias));
}
IDeconvolutionLayer* Network::addDeconvolutionNd(ITensor& x, int64_t maps, Dims const& kernel, Weights w, Weights bias) noexcept {
  return keep_layer(std::make_unique<Deconvolution>(*this, LayerType::kDECONVOLUTION, x, maps, kernel, w, bias));
}
IPoolingLayer* Network::addPoolingNd(ITensor& x, PoolingType type, Dims const& window) noexcept {
  return keep_layer(std::make_unique<Pooling>(*this, x, type, window));
}

}  // namespace mindird::test_nvinfer

// Resizing and grid sampling of images.
#include <map>

#include "base/strings.h"
#include "network.h"
#include "ops/image/grid_sample.h"
#include "ops/image/resize.h"

namespace mindird::test_nvinfer {
namespace {

class Resize final : public LayerOf<IResizeLayer, defaults::ResizeLayer> {
 public:
  Resize(Network& n, ITensor& x) : LayerOf(n, LayerType::kRESIZE, {&x}) {}
  /// Input 1 is a computed shape.
  void setInput(int32_t index, ITensor& tensor) noexcept override {
    if (index == 1) return set_input(1, tensor);
    Layer::setInput(index, tensor);
  }
  void setOutputDimensions(Dims const& dims) noexcept override {
    size_ = ir_shape(dims);
    changed();
  }
  void setResizeMode(InterpolationMode mode) noexcept override {
    mode_ = mode;
    changed();
  }
  void setCoordinateTransformation(ResizeCoordinateTransformation t) noexcept override {
    coordinates_ = t;
    changed();
  }
  void setCubicCoeff(float a) noexcept override {
    cubic_ = a;
    changed();
  }
  void setExcludeOutside(bool exclude) noexcept override {
    exclude_outside_ = exclude;
    changed();
  }
  void setNearestRounding(ResizeRoundMode rounding) noexcept override {
    rounding_ = rounding;
    changed();
  }
  Lowered lower(Lowering& l) const override {
    static const std::map<ResizeCoordinateTransformation, ops::ResizeCoordinates> kCoordinates = {
        {ResizeCoordinateTransformation::kASYMMETRIC, ops::ResizeCoordinates::kAsymmetric},
        {ResizeCoordinateTransformation::kHALF_PIXEL, ops::ResizeCoordinates::kHalfPixel},
        {ResizeCoordinateTransformation::kALIGN_CORNERS, ops::ResizeCoordinates::kAlignCorners}};
    TRY(require_floating(l.type(0)));
    const Shape& x = l.type(0).shape;
    Shape size = size_;
    if (l.in.size() > 1) {
      TRY_ASSIGN(std::vector<int64_t> values, l.shape_values(1));
      size = Shape(std::move(values));
    }
    TRY(require(size.rank() == x.rank() && x.rank() == 4 && size[0] == x[0] && size[1] == x[1],
                str("the test library resizes the last two of four dims, not ", x.text(), " to ", size.text())));
    TRY(require(mode_ != InterpolationMode::kNEAREST || rounding_ == ResizeRoundMode::kFLOOR, "the test library rounds down only"));
    const bool half_pixel = coordinates_ == ResizeCoordinateTransformation::kHALF_PIXEL;
    const bool cubic_known = exclude_outside_ == half_pixel && cubic_ == (half_pixel ? -0.5F : -0.75F);
    TRY(require(mode_ != InterpolationMode::kCUBIC || cubic_known,
                "the test library leaves out what is outside with -0.5 and half pixels, else repeats the edge with -0.75"));
    auto op = std::make_shared<ops::Resize>();
    op->mode = mode_ == InterpolationMode::kNEAREST  ? ops::ResizeMode::kNearest
               : mode_ == InterpolationMode::kLINEAR ? ops::ResizeMode::kBilinear
                                                     : ops::ResizeMode::kBicubic;
    op->coordinates = kCoordinates.at(coordinates_);
    op->size = {size[2], size[3]};
    TRY_ASSIGN(const ir::ValueId y, l.add(op, {l.in[0]}));
    return std::vector{y};
  }

 private:
  Shape size_;
  InterpolationMode mode_ = InterpolationMode::kNEAREST;
  ResizeCoordinateTransformation coordinates_ = ResizeCoordinateTransformation::kASYMMETRIC;
  ResizeRoundMode rounding_ = ResizeRoundMode::kFLOOR;
  float cubic_ = -0.75F;
  bool exclude_outside_ = false;
};

class GridSample final : public LayerOf<IGridSampleLayer, defaults::GridSampleLayer> {
 public:
  GridSample(Network& n, ITensor& x, ITensor& grid) : LayerOf(n, LayerType::kGRID_SAMPLE, {&x, &grid}) {}
  void setInterpolationMode(InterpolationMode mode) noexcept override {
    mode_ = mode;
    changed();
  }
  void setAlignCorners(bool align) noexcept override {
    align_ = align;
    changed();
  }
  bool setSampleMode(SampleMode mode) noexcept override {
    sample_ = mode;
    changed();
    return true;
  }
  Lowered lower(Lowering& l) const override {
    TRY(require_floating(l.type(0)));
    TRY(require(l.rank(0) == 4 && l.rank(1) == 4, "input and grid are not of rank 4"));
    TRY(require(l.type(0).dtype == l.type(1).dtype, "grid and input differ in type"));
    TRY(require(mode_ != InterpolationMode::kCUBIC, "the test library samples no cubic curves"));
    TRY(require(sample_ == SampleMode::kFILL || sample_ == SampleMode::kCLAMP || sample_ == SampleMode::kREFLECT, "sample mode is not in the test library"));
    auto op = std::make_shared<ops::GridSample>();
    op->interpolation = mode_ == InterpolationMode::kNEAREST ? ops::GridInterpolation::kNearest : ops::GridInterpolation::kBilinear;
    op->padding = sample_ == SampleMode::kFILL    ? ops::GridPadding::kZeros
                  : sample_ == SampleMode::kCLAMP ? ops::GridPadding::kBorder
                                                  : ops::GridPadding::kReflection;
    op->align_corners = align_;
    TRY_ASSIGN(const ir::ValueId y, l.add(op, l.in));
    return std::vector{y};
  }

 private:
  InterpolationMode mode_ = InterpolationMode::kLINEAR;
  SampleMode sample_ = SampleMode::kFILL;
  bool align_ = false;
};

}  // namespace

IResizeLayer* Network::addResize(ITensor& x) noexcept { return keep_layer(std::make_unique<Resize>(*this, x)); }
IGridSampleLayer* Network::addGridSample(ITensor& x, ITensor& grid) noexcept { return keep_layer(std::make_unique<GridSample>(*this, x, grid)); }

}  // namespace mindird::test_nvinfer

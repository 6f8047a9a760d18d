// Sizes changed by weights that shapes and constants decide, channels last: ResizeArea, ScaleAndTranslate. Rows and columns are independent of each other, so
// that each is one product with a matrix [new size, old size].
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "base/strings.h"
#include "mindir/primitives/creation/numbers.h"
#include "mindir/primitives/primitive.h"
#include "ops/linear/matmul.h"

namespace mindird::mindir {
namespace {

/// A row of weights for each new position.
struct Weights {
  int64_t from = 0;
  int64_t to = 0;
  std::vector<double> values;

  double& at(int64_t row, int64_t column) { return values[static_cast<size_t>(row * from + column)]; }
};

Result<Weights> no_weights(int64_t from, int64_t to) {
  constexpr int64_t kMost = int64_t{1} << 24;
  if (from < 1 || to < 1 || to > kMost / from) return unsupported(str("a size of ", from, " made ", to));
  return Weights{from, to, std::vector<double>(static_cast<size_t>(from * to), 0.0)};
}

struct Image {
  ir::ValueId value;  // [N,H,W,C], f32
  std::array<int64_t, 2> from;
  std::array<int64_t, 2> to;
};

Result<Image> image_of(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 4, "the images"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const std::vector<int64_t> size, call.integers("size", 1));
  if (size.size() != 2) return invalid_model(str("the size has ", size.size(), " values, want 2"));
  Image image{};
  TRY_ASSIGN(image.value, call.cast(x, DType::kF32));
  image.from = {call.shape(x)[1], call.shape(x)[2]};
  image.to = {size[0], size[1]};
  return image;
}

/// [N,H,W,C] with both axes weighted.
Result<Item> weighted(Call& call, const Image& image, const Weights& rows, const Weights& columns) {
  const Shape shape = call.shape(image.value);
  const auto product = [&](ir::ValueId a, ir::ValueId b) { return call.emit(std::make_shared<ops::MatMul>(), {a, b}); };
  TRY_ASSIGN(const ir::ValueId of_rows, numbers(call, rows.values, {rows.to, rows.from}, DType::kF32));
  TRY_ASSIGN(const ir::ValueId of_columns, numbers(call, columns.values, {columns.to, columns.from}, DType::kF32));
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(image.value, {shape[0], shape[1], shape[2] * shape[3]}));
  TRY_ASSIGN(const ir::ValueId high, product(of_rows, flat));
  TRY_ASSIGN(const ir::ValueId lines, call.reshape(high, {shape[0], rows.to, shape[2], shape[3]}));
  return call.result(product(of_columns, lines));
}

/// The part of each old position that a new one covers, over the size of a new one.
Result<Weights> area_weights(int64_t from, int64_t to, bool align_corners) {
  TRY_ASSIGN(Weights weights, no_weights(from, to));
  const double scale =
      align_corners && to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : static_cast<double>(from) / static_cast<double>(to);
  for (int64_t i = 0; i < to; ++i) {
    const double begin = static_cast<double>(i) * scale;
    const double end = static_cast<double>(i + 1) * scale;
    for (auto v = static_cast<int64_t>(std::floor(begin)); v < static_cast<int64_t>(std::ceil(end)); ++v) {
      const double first = static_cast<double>(v);
      const double covered = first < begin ? std::min(scale, first + 1 - begin) : std::min(end - first, 1.0);
      weights.at(i, std::clamp<int64_t>(v, 0, from - 1)) += covered / scale;
    }
  }
  return weights;
}

Result<Item> lower_resize_area(Call& call) {
  TRY_ASSIGN(const Image image, image_of(call));
  TRY_ASSIGN(const bool align_corners, call.flag("align_corners", kAttributeOnly, false));
  if (align_corners && (image.from[0] < 2 || image.from[1] < 2)) return unsupported("corners of an image of one row or column");
  TRY_ASSIGN(const Weights rows, area_weights(image.from[0], image.to[0], align_corners));
  TRY_ASSIGN(const Weights columns, area_weights(image.from[1], image.to[1], align_corners));
  return weighted(call, image, rows, columns);
}

/// A function of the distance from a sample, 0 beyond the radius.
struct Kernel {
  double radius;
  double (*weight)(double distance, double radius);
};

double lanczos(double x, double radius) {
  if (x > radius) return 0;
  if (x <= 1e-3) return 1;
  return radius * std::sin(std::numbers::pi * x) * std::sin(std::numbers::pi * x / radius) / (std::numbers::pi * std::numbers::pi * x * x);
}

double gaussian(double x, double radius) { return x >= radius ? 0 : std::exp(-x * x * 9 / (2 * radius * radius)); }

double box(double x, double) { return x < 0.5 ? 1.0 : (x == 0.5 ? 0.5 : 0.0); }

double triangle(double x, double) { return std::max(1 - x, 0.0); }

double keys_cubic(double x, double) {
  if (x >= 2) return 0;
  return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : ((1.5 * x - 2.5) * x) * x + 1;
}

double mitchell_cubic(double x, double) {
  if (x >= 2) return 0;
  return x >= 1 ? (((-7.0 / 18) * x + 2) * x - 10.0 / 3) * x + 16.0 / 9 : (((7.0 / 6) * x - 2) * x) * x + 8.0 / 9;
}

/// What a new position sees through the kernel, which a smaller scale widens when `antialias` is set; nothing where it lies outside of the image.
Result<Weights> kernel_weights(const Kernel& kernel, int64_t from, int64_t to, double scale, double translation, bool antialias) {
  TRY_ASSIGN(Weights weights, no_weights(from, to));
  if (!(scale > 0) || !std::isfinite(scale) || !std::isfinite(translation)) return invalid_model(str("scale ", scale, ", translation ", translation));
  const double inverse = 1 / scale;
  const double wide = antialias ? std::max(inverse, 1.0) : 1.0;
  const double size = static_cast<double>(from);
  for (int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5 - translation) * inverse;
    if (centre < 0 || centre > size) continue;
    const auto inside = [&](double at) { return static_cast<int64_t>(std::clamp(at, 0.0, size - 1)); };
    const int64_t first = inside(std::ceil(centre - kernel.radius * wide - 0.5));
    const int64_t last = inside(std::floor(centre + kernel.radius * wide - 0.5));
    double total = 0;
    for (int64_t v = first; v <= last; ++v) {
      weights.at(i, v) = kernel.weight(std::abs(static_cast<double>(v) + 0.5 - centre) / wide, kernel.radius);
      total += weights.at(i, v);
    }
    if (std::abs(total) < 1e-35) continue;
    for (int64_t v = first; v <= last; ++v) weights.at(i, v) /= total;
  }
  return weights;
}

Result<std::array<double, 2>> pair(Call& call, size_t position) {
  TRY_ASSIGN(const ir::ValueId given, call.tensor(position));
  const Constant* constant = call.constant_of(given);
  if (!constant) return unsupported("scale and translation known only at run time");
  if (constant->type().dtype != DType::kF32 || constant->type().shape != Shape{2})
    return invalid_model(str("scale or translation is ", constant->type().text(), ", want f32[2]"));
  const auto values = constant->as<float>();
  return std::array<double, 2>{values[0], values[1]};
}

Result<Item> lower_scale_and_translate(Call& call) {
  static const std::map<std::string, Kernel> kKernels = {
      {"LANCZOS1", {1, lanczos}}, {"LANCZOS3", {3, lanczos}},  {"LANCZOS5", {5, lanczos}},     {"GAUSSIAN", {1.5, gaussian}},
      {"BOX", {1, box}},          {"TRIANGLE", {1, triangle}}, {"KEYSCUBIC", {2, keys_cubic}}, {"MITCHELLCUBIC", {2, mitchell_cubic}}};
  TRY_ASSIGN(const Image image, image_of(call));
  TRY_ASSIGN(const auto scale, pair(call, 2));
  TRY_ASSIGN(const auto translation, pair(call, 3));
  TRY_ASSIGN(const std::string kind, call.text("kernel_type"));
  TRY_ASSIGN(const bool antialias, call.flag("antialias", kAttributeOnly));
  const auto kernel = kKernels.find(kind);
  if (kernel == kKernels.end()) return unsupported(str("kernel_type is \"", kind, "\""));
  TRY_ASSIGN(const Weights rows, kernel_weights(kernel->second, image.from[0], image.to[0], scale[0], translation[0], antialias));
  TRY_ASSIGN(const Weights columns, kernel_weights(kernel->second, image.from[1], image.to[1], scale[1], translation[1], antialias));
  return weighted(call, image, rows, columns);
}

REGISTER_PRIMITIVE(ResizeArea, lower_resize_area);
REGISTER_PRIMITIVE(ScaleAndTranslate, lower_scale_and_translate);

}  // namespace
}  // namespace mindird::mindir

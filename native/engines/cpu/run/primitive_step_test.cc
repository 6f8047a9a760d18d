#include "engines/cpu/run/primitive_step.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <functional>

#include "base/sanitizer.h"
#include "engines/cpu/base/layout.h"
#include "engines/cpu/base/stream.h"

namespace mindird::engines::cpu {
namespace {

size_t heap() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

dnnl::memory::desc plain(Shape shape) { return describe(DType::kF32, Layout::plain(std::move(shape))); }

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

PrimitiveStep product(int64_t rows) {
  const auto a = plain({rows, 256});
  const auto b = plain({256, 128});
  const auto c = plain({rows, 128});
  const dnnl::matmul::primitive_desc pd(device(), a, b, c, attributes());
  return {"MatMul", dnnl::matmul(pd), {{DNNL_ARG_SRC, {}, a}, {DNNL_ARG_WEIGHTS, {}, b}, {DNNL_ARG_DST, {}, c}}};
}

PrimitiveStep convolution(int64_t rows) {
  const dnnl::memory::desc x({1, 32, 8 + rows, 16}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::nhwc);
  const dnnl::memory::desc w({64, 32, 3, 3}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
  const dnnl::memory::desc y({1, 64, 6 + rows, 14}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::nhwc);
  const dnnl::convolution_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x, w, y, {1, 1}, {0, 0},
                                                     {0, 0}, attributes());
  return {"Conv", dnnl::convolution_forward(pd), {{DNNL_ARG_SRC, {}, x}, {DNNL_ARG_WEIGHTS, {}, pd.weights_desc()}, {DNNL_ARG_DST, {}, y}}};
}

PrimitiveStep softmax(int64_t rows) {
  const auto x = plain({rows, 64});
  const dnnl::softmax_forward::primitive_desc pd(device(), dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, x, x, 1, attributes());
  return {"Softmax", dnnl::softmax_forward(pd), {{DNNL_ARG_SRC, {}, x}, {DNNL_ARG_DST, {}, x}}};
}

/// Bytes of the heap beside what is said of as many steps, of different sizes.
std::pair<size_t, size_t> measured_and_told(const std::function<PrimitiveStep(int64_t)>& make) {
  constexpr int64_t kSteps = 32;
  make(1);
  std::vector<PrimitiveStep> steps;
  steps.reserve(kSteps);
  size_t told = 0;
  const size_t before = heap();
  for (int64_t i = 0; i < kSteps; ++i) steps.push_back(make(8 + i));
  const size_t after = heap();
  for (const PrimitiveStep& step : steps) told += step.kernel().bytes;
  return {after - before, told};
}

/// Generated code is not of the heap, so somewhat more is told than is measured.
void expect_near(const std::function<PrimitiveStep(int64_t)>& make) {
  const auto [measured, told] = measured_and_told(make);
  EXPECT_GT(told, measured * 8 / 10) << "for a step " << measured / 32;
  EXPECT_LT(told, measured * 2) << "for a step " << measured / 32;
}

TEST(PrimitiveStep, TellsWhatTheLibraryKeepsForIt) {
  if (kSanitizerCost > 1) GTEST_SKIP() << "the heap of a sanitizer does not say what is in use";
  expect_near(product);
  expect_near(convolution);
  expect_near(softmax);
}

TEST(PrimitiveStep, EqualPrimitivesAreOneKernel) {
  EXPECT_EQ(product(8).kernel().key, product(8).kernel().key);
  EXPECT_NE(product(8).kernel().key, product(9).kernel().key);
  EXPECT_NE(product(8).kernel().key, softmax(8).kernel().key);
}

}  // namespace
}  // namespace mindird::engines::cpu

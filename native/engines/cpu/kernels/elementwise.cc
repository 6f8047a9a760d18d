#include "engines/cpu/kernels/elementwise.h"

namespace mindird::engines::cpu {
namespace {

MINDIRD_CLONES void clip_row(const float* x, float low, float high, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float raised = x[i] < low ? low : x[i];
    y[i] = raised > high ? high : raised;
  }
}

MINDIRD_CLONES void hard_sigmoid_row(const float* x, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float shifted = x[i] + 3.0F;
    const float raised = shifted < 0.0F ? 0.0F : shifted;
    y[i] = (raised > 6.0F ? 6.0F : raised) * (1.0F / 6.0F);
  }
}

MINDIRD_CLONES void keep_nan_row(const float* x, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] != x[i] ? x[i] : y[i];
}

MINDIRD_CLONES void affine_rows(const float* x, const float* a, const float* b, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] * a[i] + b[i];
}

MINDIRD_CLONES void affine_flat(const float* x, float a, float b, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] * a + b;
}

}  // namespace

void clip_run(const float* x, float low, float high, float* y, int64_t count) { clip_row(x, low, high, y, count); }

void hard_sigmoid_run(const float* x, float* y, int64_t count) { hard_sigmoid_row(x, y, count); }

void keep_nan_run(const float* x, float* y, int64_t count) { keep_nan_row(x, y, count); }

void affine_run(const float* x, int64_t x_step, const float* a, int64_t a_step, const float* b, int64_t b_step, float* y, int64_t count) {
  if (x_step == 1 && a_step == 1 && b_step == 1) {
    affine_rows(x, a, b, y, count);
  } else if (x_step == 1 && a_step == 0 && b_step == 0) {
    affine_flat(x, *a, *b, y, count);
  } else {
    for (int64_t i = 0; i < count; ++i) y[i] = x[i * x_step] * a[i * a_step] + b[i * b_step];
  }
}

}  // namespace mindird::engines::cpu

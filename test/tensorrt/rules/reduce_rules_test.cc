// Rules of layers that combine elements along axes.
#include "bench.h"

namespace mindird::test {
namespace {

using trt::DataType;
using trt::MatrixOperation;

TEST(ReduceRules, Reduce) {
  check_rules({
      {"no reduction of bool",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addReduce(s.input({2, 3}, wrong ? DataType::kBOOL : DataType::kINT32), trt::ReduceOperation::kMAX, 2, true));
       },
       "no such reduction of this type"},
      {"axes within the rank", [](Sketch& s, bool wrong) { s.output(s.network.addReduce(s.input({2, 3}), trt::ReduceOperation::kSUM, wrong ? 4 : 2, true)); },
       "an axis beyond"},
      {"at least one axis", [](Sketch& s, bool wrong) { s.output(s.network.addReduce(s.input({2, 3}), trt::ReduceOperation::kSUM, wrong ? 0 : 3, false)); },
       "no axis"},
  });
}

TEST(ReduceRules, SoftMax) {
  check_rules({
      {"floating point", [](Sketch& s, bool wrong) { s.output(s.network.addSoftMax(s.input({2, 3}, wrong ? DataType::kINT32 : DataType::kFLOAT))); },
       "want floating point"},
      {"one axis",
       [](Sketch& s, bool wrong) {
         trt::ISoftMaxLayer* layer = s.network.addSoftMax(s.input({2, 3}));
         layer->setAxes(wrong ? 3 : 2);
         s.output(layer);
       },
       "softmax over several axes"},
      {"an axis of the input",
       [](Sketch& s, bool wrong) {
         trt::ISoftMaxLayer* layer = s.network.addSoftMax(s.input({2, 3}));
         layer->setAxes(wrong ? 4 : 1);
         s.output(layer);
       },
       "an axis beyond"},
  });
}

TEST(ReduceRules, MatrixMultiply) {
  check_rules({
      {"no integers",
       [](Sketch& s, bool wrong) {
         const DataType type = wrong ? DataType::kINT32 : DataType::kHALF;
         s.output(s.network.addMatrixMultiply(s.input({2, 3}, type), MatrixOperation::kNONE, s.input({3, 4}, type), MatrixOperation::kNONE));
       },
       "want floating point"},
      {"equal types",
       [](Sketch& s, bool wrong) {
         trt::ITensor& y = s.input({3, 4}, wrong ? DataType::kHALF : DataType::kFLOAT);
         s.output(s.network.addMatrixMultiply(s.input({2, 3}), MatrixOperation::kNONE, y, MatrixOperation::kNONE));
       },
       "types differ"},
      {"equal ranks",
       [](Sketch& s, bool wrong) {
         trt::ITensor& y = wrong ? s.input({3, 4}) : s.input({1, 3, 4});
         s.output(s.network.addMatrixMultiply(s.input({5, 2, 3}), MatrixOperation::kNONE, y, MatrixOperation::kNONE));
       },
       "ranks differ"},
      {"inner lengths agree",
       [](Sketch& s, bool wrong) {
         const MatrixOperation form = wrong ? MatrixOperation::kNONE : MatrixOperation::kTRANSPOSE;
         s.output(s.network.addMatrixMultiply(s.input({2, 3}), MatrixOperation::kNONE, s.input({4, 3}), form));
       },
       "(unnamed)"},
  });
}

TEST(ReduceRules, TopK) {
  using trt::TopKOperation;
  check_rules({
      {"k is at most 3840", [](Sketch& s, bool wrong) { s.output(s.network.addTopK(s.input({1, 4000}), TopKOperation::kMAX, wrong ? 3841 : 3840, 2)); },
       "k is 3841, want 1 to 3840"},
      {"k is at least 1", [](Sketch& s, bool wrong) { s.output(s.network.addTopK(s.input({1, 4}), TopKOperation::kMAX, wrong ? 0 : 1, 2)); },
       "k is 0, want 1 to 3840"},
      {"k is at most the length", [](Sketch& s, bool wrong) { s.output(s.network.addTopK(s.input({1, 4}), TopKOperation::kMIN, wrong ? 5 : 4, 2)); }, "k"},
      {"one axis", [](Sketch& s, bool wrong) { s.output(s.network.addTopK(s.input({4, 4}), TopKOperation::kMAX, 1, wrong ? 3 : 1)); }, "more than one axis"},
      {"one of the last four axes", [](Sketch& s, bool wrong) { s.output(s.network.addTopK(s.input({4, 4, 1, 1, 1}), TopKOperation::kMAX, 1, wrong ? 1 : 2)); },
       "not one of the last four"},
      {"no bool",
       [](Sketch& s, bool wrong) { s.output(s.network.addTopK(s.input({4}, wrong ? DataType::kBOOL : DataType::kFLOAT), TopKOperation::kMAX, 1, 1)); },
       "bool has no order"},
  });
}

TEST(ReduceRules, Normalization) {
  check_rules({
      {"scale has the input's rank",
       [](Sketch& s, bool wrong) {
         trt::ITensor& scale = wrong ? s.constant({4}) : s.constant({1, 1, 4});
         s.output(s.network.addNormalization(s.input({2, 3, 4}), scale, scale, 4));
       },
       "scale has another rank than the input"},
      {"scale and bias have one shape",
       [](Sketch& s, bool wrong) { s.output(s.network.addNormalization(s.input({2, 4}), s.constant({1, 4}), s.constant({1, wrong ? 1 : 4}), 2)); },
       "scale and bias differ"},
      {"scale broadcasts to the input, not the input to the scale",
       [](Sketch& s, bool wrong) {
         trt::ITensor& scale = s.constant({wrong ? 2 : 1, 4});
         s.output(s.network.addNormalization(s.input({1, 4}), scale, scale, 2));
       },
       "scale does not broadcast to the input"},
      {"scale has the input's type",
       [](Sketch& s, bool wrong) {
         trt::ITensor& scale = s.constant({1, 4}, wrong ? DataType::kFLOAT : DataType::kHALF);
         s.output(s.network.addNormalization(s.input({2, 4}, DataType::kHALF), scale, scale, 2));
       },
       "scale has another type than the input"},
      {"axes within the rank",
       [](Sketch& s, bool wrong) {
         trt::ITensor& scale = s.constant({1, 4});
         s.output(s.network.addNormalization(s.input({2, 4}), scale, scale, wrong ? 4 : 2));
       },
       "an axis beyond"},
  });
}

/// A running sum of x along the axis.
void add(Sketch& s, trt::ITensor& x, trt::ITensor& axis) { s.output(s.network.addCumulative(x, axis, trt::CumulativeOperation::kSUM, false, false)); }

TEST(ReduceRules, Cumulative) {
  check_rules({
      {"the axis is a constant",
       [](Sketch& s, bool wrong) { add(s, s.input({2, 3}), wrong ? s.input({}, DataType::kINT32) : s.constant({}, DataType::kINT32)); },
       "the axis is not a constant of rank 0"},
      {"the axis has no dims",
       [](Sketch& s, bool wrong) { add(s, s.input({2, 3}), wrong ? s.constant({1}, DataType::kINT32) : s.constant({}, DataType::kINT32)); },
       "the axis is not a constant of rank 0"},
      {"the axis is an integer", [](Sketch& s, bool wrong) { add(s, s.input({2, 3}), s.constant({}, wrong ? DataType::kFLOAT : DataType::kINT64)); },
       "the axis is not int32 or int64"},
      {"no bool", [](Sketch& s, bool wrong) { add(s, s.input({2, 3}, wrong ? DataType::kBOOL : DataType::kINT32), s.constant({}, DataType::kINT32)); },
       "a running sum of bool"},
  });
}

TEST(ReduceRules, Lrn) {
  check_rules({
      {"an odd window", [](Sketch& s, bool wrong) { s.output(s.network.addLRN(s.input({1, 4, 2, 2}), wrong ? 4 : 5, 1e-4F, 0.75F, 1)); }, "window 4"},
      {"a window of at most 15", [](Sketch& s, bool wrong) { s.output(s.network.addLRN(s.input({1, 4, 2, 2}), wrong ? 17 : 15, 1e-4F, 0.75F, 1)); },
       "window 17"},
      {"k from 1e-5 to 1e10", [](Sketch& s, bool wrong) { s.output(s.network.addLRN(s.input({1, 4, 2, 2}), 5, 1e-4F, 0.75F, wrong ? 1e-6F : 1e-5F)); }, "k is"},
      {"alpha from -1e20 to 1e20", [](Sketch& s, bool wrong) { s.output(s.network.addLRN(s.input({1, 4, 2, 2}), 5, wrong ? 2e20F : 1.0F, 0.75F, 1)); },
       "alpha is"},
      {"floating point",
       [](Sketch& s, bool wrong) { s.output(s.network.addLRN(s.input({1, 4, 2, 2}, wrong ? DataType::kINT32 : DataType::kFLOAT), 5, 1e-4F, 0.75F, 1)); },
       "want floating point"},
  });
}

}  // namespace
}  // namespace mindird::test

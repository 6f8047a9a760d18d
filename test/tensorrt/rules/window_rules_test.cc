// Rules of convolutions, pooling, resizing and sampling.
#include "bench.h"

namespace mindird::test {
namespace {

using trt::DataType;

/// A convolution of [1, 4, 5, 5] by 3 x 3 to 6 maps.
trt::IConvolutionLayer* convolution(Sketch& s) { return s.network.addConvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(6 * 4 * 9), {}); }

TEST(WindowRules, Convolution) {
  check_rules({
      {"two or three spatial dims",
       [](Sketch& s, bool wrong) {
         const trt::Dims kernel = wrong ? dims({3}) : dims({3, 1});
         trt::ITensor& x = wrong ? s.input({1, 4, 5}) : s.input({1, 4, 5, 1});
         s.output(s.network.addConvolutionNd(x, 6, kernel, s.weights(6 * 4 * 3), {}));
       },
       "a kernel of two or three dims is wanted"},
      {"two dims more than the kernel",
       [](Sketch& s, bool wrong) {
         trt::ITensor& x = wrong ? s.input({4, 5, 5}) : s.input({1, 4, 5, 5});
         s.output(s.network.addConvolutionNd(x, 6, dims({3, 3}), s.weights(6 * 4 * 9), {}));
       },
       "kernel's rank"},
      {"as many weights as the kernel has",
       [](Sketch& s, bool wrong) { s.output(s.network.addConvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(wrong ? 215 : 216), {})); },
       "kernel weights have 215 values"},
      {"weights of the input's type",
       [](Sketch& s, bool wrong) {
         const trt::Weights w = s.weights(216, wrong ? DataType::kFLOAT : DataType::kHALF);
         s.output(s.network.addConvolutionNd(s.input({1, 4, 5, 5}, DataType::kHALF), 6, dims({3, 3}), w, {}));
       },
       "kernel weights of another type than the input"},
      {"one bias per map",
       [](Sketch& s, bool wrong) { s.output(s.network.addConvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(216), s.weights(wrong ? 5 : 6))); },
       "bias has 5 values"},
      {"a bias of the input's type",
       [](Sketch& s, bool wrong) {
         const trt::Weights bias = s.weights(6, wrong ? DataType::kHALF : DataType::kFLOAT);
         s.output(s.network.addConvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(216), bias));
       },
       "bias of another type than the input"},
      {"no integers",
       [](Sketch& s, bool wrong) {
         const DataType type = wrong ? DataType::kINT32 : DataType::kFLOAT;
         s.output(s.network.addConvolutionNd(s.input({1, 4, 5, 5}, type), 6, dims({3, 3}), s.weights(216, type), {}));
       },
       "want floating point"},
  });
}

TEST(WindowRules, ParametersOfConvolutions) {
  check_rules({
      {"groups divide the channels",
       [](Sketch& s, bool wrong) {
         trt::IConvolutionLayer* layer = s.network.addConvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(wrong ? 72 : 108), {});
         layer->setNbGroups(wrong ? 3 : 2);
         s.output(layer);
       },
       "groups do not divide"},
      {"groups divide the maps",
       [](Sketch& s, bool wrong) {
         trt::IConvolutionLayer* layer = s.network.addConvolutionNd(s.input({1, 4, 5, 5}), wrong ? 6 : 8, dims({3, 3}), s.weights(wrong ? 54 : 72), {});
         layer->setNbGroups(4);
         s.output(layer);
       },
       "groups do not divide"},
      {"strides of at least one",
       [](Sketch& s, bool wrong) {
         trt::IConvolutionLayer* layer = convolution(s);
         layer->setStrideNd(dims({1, wrong ? 0 : 1}));
         s.output(layer);
       },
       "stride"},
      {"dilations of at least one",
       [](Sketch& s, bool wrong) {
         trt::IConvolutionLayer* layer = convolution(s);
         layer->setDilationNd(dims({1, wrong ? 0 : 1}));
         s.output(layer);
       },
       "dilation"},
      {"as many strides as the kernel has dims",
       [](Sketch& s, bool wrong) {
         trt::IConvolutionLayer* layer = convolution(s);
         layer->setStrideNd(wrong ? dims({1}) : dims({1, 1}));
         s.output(layer);
       },
       "stride"},
      {"a kernel no larger than the padded input",
       [](Sketch& s, bool wrong) {
         trt::IConvolutionLayer* layer = s.network.addConvolutionNd(s.input({1, 4, 2, 2}), 6, dims({3, 3}), s.weights(216), {});
         layer->setPrePadding(dims({1, wrong ? 0 : 1}));
         s.output(layer);
       },
       "(unnamed)"},
      {"a kernel as weights or as a tensor",
       [](Sketch& s, bool wrong) {
         trt::Weights w = s.weights(216);
         if (!wrong) w = {DataType::kFLOAT, nullptr, 0};
         trt::IConvolutionLayer* layer = s.network.addConvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), w, {});
         layer->setInput(1, s.input({6, 4, 3, 3}));
         s.output(layer);
       },
       "kernel weights and a kernel tensor"},
  });
}

TEST(WindowRules, Deconvolution) {
  check_rules({
      {"no negative padding",
       [](Sketch& s, bool wrong) {
         trt::IDeconvolutionLayer* layer = s.network.addDeconvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(216), {});
         layer->setPostPadding(dims({0, wrong ? -1 : 1}));
         s.output(layer);
       },
       "padding"},
      {"as many weights as the kernel has",
       [](Sketch& s, bool wrong) { s.output(s.network.addDeconvolutionNd(s.input({1, 4, 5, 5}), 6, dims({3, 3}), s.weights(wrong ? 217 : 216), {})); },
       "kernel weights have 217 values"},
      {"groups divide the maps",
       [](Sketch& s, bool wrong) {
         trt::IDeconvolutionLayer* layer = s.network.addDeconvolutionNd(s.input({1, 4, 5, 5}), wrong ? 6 : 8, dims({3, 3}), s.weights(wrong ? 54 : 72), {});
         layer->setNbGroups(4);
         s.output(layer);
       },
       "groups do not divide"},
  });
}

TEST(WindowRules, Pooling) {
  check_rules({
      {"two or three spatial dims",
       [](Sketch& s, bool wrong) {
         const trt::Dims window = wrong ? dims({2}) : dims({2, 1});
         trt::ITensor& x = wrong ? s.input({1, 4, 6}) : s.input({1, 4, 6, 1});
         s.output(s.network.addPoolingNd(x, trt::PoolingType::kMAX, window));
       },
       "a window of two or three dims is wanted"},
      {"no integers",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addPoolingNd(s.input({1, 4, 6, 6}, wrong ? DataType::kINT32 : DataType::kHALF), trt::PoolingType::kAVERAGE, dims({2, 2})));
       },
       "want floating point"},
      {"padding smaller than the window",
       [](Sketch& s, bool wrong) {
         trt::IPoolingLayer* layer = s.network.addPoolingNd(s.input({1, 4, 6, 6}), trt::PoolingType::kMAX, dims({2, 2}));
         layer->setPrePadding(dims({1, wrong ? 2 : 1}));
         s.output(layer);
       },
       "padding as large as the window"},
      {"a window no larger than the padded input",
       [](Sketch& s, bool wrong) { s.output(s.network.addPoolingNd(s.input({1, 4, 6, wrong ? 1 : 2}), trt::PoolingType::kMAX, dims({2, 2}))); }, "(unnamed)"},
  });
}

TEST(WindowRules, ResizeAndGridSample) {
  check_rules({
      {"resize: as many sizes as dims",
       [](Sketch& s, bool wrong) {
         trt::IResizeLayer* layer = s.network.addResize(s.input({1, 2, 3, 3}));
         layer->setOutputDimensions(wrong ? dims({6, 6}) : dims({1, 2, 6, 6}));
         s.output(layer);
       },
       "resizes"},
      {"resize: no integers",
       [](Sketch& s, bool wrong) {
         trt::IResizeLayer* layer = s.network.addResize(s.input({1, 2, 3, 3}, wrong ? DataType::kINT32 : DataType::kFLOAT));
         layer->setOutputDimensions(dims({1, 2, 6, 6}));
         s.output(layer);
       },
       "want floating point"},
      {"grid sample: input and grid of one type",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addGridSample(s.input({1, 2, 3, 3}), s.input({1, 4, 4, 2}, wrong ? DataType::kHALF : DataType::kFLOAT)));
       },
       "grid and input differ in type"},
      {"grid sample: input and grid of rank 4",
       [](Sketch& s, bool wrong) {
         trt::ITensor& grid = wrong ? s.input({4, 4, 2}) : s.input({1, 4, 4, 2});
         s.output(s.network.addGridSample(s.input({1, 2, 3, 3}), grid));
       },
       "rank 4"},
  });
}

}  // namespace
}  // namespace mindird::test

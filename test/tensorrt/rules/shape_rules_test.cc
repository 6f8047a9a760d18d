// Rules of layers that move elements.
#include "bench.h"

namespace mindird::test {
namespace {

using trt::DataType;
using trt::GatherMode;
using trt::SampleMode;

TEST(ShapeRules, Shuffle) {
  check_rules({
      {"a permutation names every dim once",
       [](Sketch& s, bool wrong) {
         trt::IShuffleLayer* layer = s.network.addShuffle(s.input({2, 3}));
         layer->setFirstTranspose({{1, wrong ? 1 : 0}});
         s.output(layer);
       },
       "want each of the 2 dimensions once"},
      {"a permutation stays within the rank",
       [](Sketch& s, bool wrong) {
         trt::IShuffleLayer* layer = s.network.addShuffle(s.input({2, 3}));
         layer->setFirstTranspose({{0, wrong ? 2 : 1}});
         s.output(layer);
       },
       "want each of the 2 dimensions once"},
      {"as many elements after as before",
       [](Sketch& s, bool wrong) {
         trt::IShuffleLayer* layer = s.network.addShuffle(s.input({2, 3}));
         layer->setReshapeDimensions(dims({wrong ? 4 : 6}));
         s.output(layer);
       },
       "another number of elements"},
  });
}

TEST(ShapeRules, Bytes) {
  check_rules({
      {"become floating numbers",
       [](Sketch& s, bool wrong) { s.output(s.network.addCast(s.input({2, 3}, DataType::kUINT8), wrong ? DataType::kINT32 : DataType::kFLOAT)); },
       "kUINT8 is converted to and from kFLOAT and kHALF alone"},
      {"come of floating numbers",
       [](Sketch& s, bool wrong) { s.output(s.network.addCast(s.input({2, 3}, wrong ? DataType::kINT32 : DataType::kHALF), DataType::kUINT8)); },
       "kUINT8 is converted to and from kFLOAT and kHALF alone"},
      {"no layer but a cast reads them",
       [](Sketch& s, bool wrong) {
         trt::ITensor* x = &s.input({2, 3}, DataType::kUINT8);
         if (!wrong) x = s.network.addCast(*x, DataType::kFLOAT)->getOutput(0);
         s.output(s.network.addShuffle(*x));
       },
       "kUINT8 at a layer other than a cast"},
  });
}

TEST(ShapeRules, Slice) {
  check_rules({
      {"as many starts, sizes and strides as dims",
       [](Sketch& s, bool wrong) {
         const trt::Dims start = wrong ? dims({0}) : dims({0, 0});
         s.output(s.network.addSlice(s.input({2, 3}), start, dims({1, 2}), dims({1, 1})));
       },
       "start, size and stride do not fit"},
      {"within the bounds", [](Sketch& s, bool wrong) { s.output(s.network.addSlice(s.input({2, 3}), dims({0, 1}), dims({2, wrong ? 3 : 2}), dims({1, 1}))); },
       "want distinct ones in"},
      {"not before the beginning", [](Sketch& s, bool wrong) { s.output(s.network.addSlice(s.input({4}), dims({wrong ? -1 : 0}), dims({2}), dims({1}))); },
       "want distinct ones in"},
      {"a stride within the bounds", [](Sketch& s, bool wrong) { s.output(s.network.addSlice(s.input({6}), dims({1}), dims({3}), dims({wrong ? 3 : 2}))); },
       "want distinct ones in"},
      {"a value to fill with in fill mode only",
       [](Sketch& s, bool wrong) {
         trt::ISliceLayer* layer = s.network.addSlice(s.input({4}), dims({0}), dims({4}), dims({1}));
         layer->setMode(wrong ? SampleMode::kSTRICT_BOUNDS : SampleMode::kFILL);
         layer->setInput(4, s.constant({}));
         s.output(layer);
       },
       "a fill value"},
      {"a value to fill with of the input's type",
       [](Sketch& s, bool wrong) {
         trt::ISliceLayer* layer = s.network.addSlice(s.input({4}), dims({-1}), dims({6}), dims({1}));
         layer->setMode(SampleMode::kFILL);
         layer->setInput(4, s.constant({}, wrong ? DataType::kHALF : DataType::kFLOAT));
         s.output(layer);
       },
       "the fill value is not one element of the input's type"},
  });
}

TEST(ShapeRules, Concatenation) {
  check_rules({
      {"equal types",
       [](Sketch& s, bool wrong) {
         trt::ITensor* const inputs[] = {&s.input({2}), &s.input({2}, wrong ? DataType::kHALF : DataType::kFLOAT)};
         s.output(s.network.addConcatenation(inputs, 2));
       },
       "inputs of different types"},
      {"equal dims beside the axis, which is the third from the end",
       [](Sketch& s, bool wrong) {
         trt::ITensor* const inputs[] = {&s.input({1, 2, 3, 3}), &s.input({1, wrong ? 2 : 5, wrong ? 5 : 3, 3})};
         s.output(s.network.addConcatenation(inputs, 2));
       },
       "(unnamed)"},
      {"an axis of the inputs",
       [](Sketch& s, bool wrong) {
         trt::ITensor* const inputs[] = {&s.input({2}), &s.input({2})};
         trt::IConcatenationLayer* layer = s.network.addConcatenation(inputs, 2);
         layer->setAxis(wrong ? 1 : 0);
         s.output(layer);
       },
       "axis"},
  });
}

TEST(ShapeRules, Gather) {
  check_rules({
      {"integer indices",
       [](Sketch& s, bool wrong) { s.output(s.network.addGather(s.input({4}), s.input({2}, wrong ? DataType::kFLOAT : DataType::kINT64), 0)); },
       "indices are not int32 or int64"},
      {"an axis of the data", [](Sketch& s, bool wrong) { s.output(s.network.addGather(s.input({4, 3}), s.input({2}, DataType::kINT32), wrong ? 2 : 1)); },
       "axis"},
      {"no axis from behind", [](Sketch& s, bool wrong) { s.output(s.network.addGather(s.input({4, 3}), s.input({2}, DataType::kINT32), wrong ? -1 : 1)); },
       "axis"},
      {"data of rank 1 or more",
       [](Sketch& s, bool wrong) {
         trt::ITensor& data = wrong ? s.input({}) : s.input({1});
         s.output(s.network.addGather(data, s.input({2}, DataType::kINT32), 0));
       },
       "axis"},
      {"element mode: indices of the data's rank",
       [](Sketch& s, bool wrong) {
         trt::ITensor& indices = wrong ? s.input({2}, DataType::kINT32) : s.input({2, 3}, DataType::kINT32);
         s.output(s.network.addGatherV2(s.input({4, 3}), indices, GatherMode::kELEMENT));
       },
       "(unnamed)"},
      {"element mode: no matched dims",
       [](Sketch& s, bool wrong) {
         trt::IGatherLayer* layer = s.network.addGatherV2(s.input({4, 3}), s.input({4, 3}, DataType::kINT32), GatherMode::kELEMENT);
         layer->setNbElementWiseDims(wrong ? 1 : 0);
         s.output(layer);
       },
       "matched dim"},
      {"default mode: at most one matched dim",
       [](Sketch& s, bool wrong) {
         trt::IGatherLayer* layer = s.network.addGather(s.input({4, 3, 2}), s.input({4, 3}, DataType::kINT32), 2);
         layer->setNbElementWiseDims(wrong ? 2 : 1);
         s.output(layer);
       },
       "matched dim"},
      {"nd mode: no more coordinates than dims",
       [](Sketch& s, bool wrong) { s.output(s.network.addGatherV2(s.input({4, 3}), s.input({5, wrong ? 3 : 2}, DataType::kINT32), GatherMode::kND)); },
       "(unnamed)"},
      {"nd mode: tuples hold a coordinate",
       [](Sketch& s, bool wrong) { s.output(s.network.addGatherV2(s.input({4, 3}), s.input({5, wrong ? 0 : 2}, DataType::kINT32), GatherMode::kND)); },
       "hold no tuples"},
  });
}

}  // namespace
}  // namespace mindird::test

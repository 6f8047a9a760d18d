// Rules of networks as wholes: names, outputs, constants, what a layer may be given later.
#include <memory>

#include "bench.h"

namespace mindird::test {
namespace {

using trt::DataType;

TEST(NetworkRules, NamesAndOutputs) {
  check_rules({
      {"inputs have different names",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addIdentity(s.input({2})));
         s.network.addInput(wrong ? "x0" : "other", DataType::kFLOAT, dims({2}));
       },
       "two inputs are called x0"},
      {"outputs have different names",
       [](Sketch& s, bool wrong) {
         trt::ITensor& x = s.input({2});
         s.output(s.network.addIdentity(x));
         trt::ITensor& other = *s.network.addIdentity(x)->getOutput(0);
         other.setName(wrong ? "y" : "z");
         s.network.markOutput(other);
       },
       "two inputs or outputs are called y"},
      {"an output is not called as an input",
       [](Sketch& s, bool wrong) {
         trt::ITensor& y = *s.network.addIdentity(s.input({2}))->getOutput(0);
         y.setName(wrong ? "x0" : "y");
         s.network.markOutput(y);
       },
       "two inputs or outputs are called x0"},
      {"a name has at most 4095 characters",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addIdentity(s.input({2})));
         s.network.addInput(std::string(wrong ? 4096 : 4095, 'n').c_str(), DataType::kFLOAT, dims({2}));
       },
       "longer than 4095 characters"},
      {"a network has an output",
       [](Sketch& s, bool wrong) {
         trt::ILayer* layer = s.network.addIdentity(s.input({2}));
         if (!wrong) s.output(layer);
       },
       "no output"},
      {"an input is no output",
       [](Sketch& s, bool wrong) {
         trt::ITensor& x = s.input({2});
         s.output(s.network.addIdentity(x));
         if (wrong) s.network.markOutput(x);
       },
       "cannot be made an output"},
      {"a tensor is marked once",
       [](Sketch& s, bool wrong) {
         trt::ILayer* layer = s.network.addIdentity(s.input({2}));
         s.output(layer);
         if (wrong) s.network.markOutput(*layer->getOutput(0));
       },
       "cannot be made an output"},
  });
}

TEST(NetworkRules, Constants) {
  check_rules({
      {"as many weights as elements", [](Sketch& s, bool wrong) { s.output(s.network.addConstant(dims({2, 3}), s.weights(wrong ? 5 : 6))); },
       "weights have 5 values"},
      {"no constants of bool",
       [](Sketch& s, bool wrong) { s.output(s.network.addConstant(dims({2}), s.weights(2, wrong ? DataType::kBOOL : DataType::kINT32))); },
       "no constants of bool"},
  });
}

TEST(NetworkRules, Dims) {
  check_rules({
      {"at most 8 dims",
       [](Sketch& s, bool wrong) {
         trt::Dims many = dims({1, 1, 1, 1, 1, 1, 1, 1});
         if (wrong) many.nbDims = 9;
         s.network.addInput("many", DataType::kFLOAT, many);
         s.output(s.network.addIdentity(s.input({2})));
       },
       "input many: "},
  });
}

TEST(NetworkRules, InputsOfLayers) {
  check_rules({
      {"setInput does not add inputs",
       [](Sketch& s, bool wrong) {
         trt::ITensor& x = s.input({2});
         trt::ILayer* layer = s.network.addElementWise(x, x, trt::ElementWiseOperation::kSUM);
         layer->setInput(wrong ? 2 : 1, x);
         s.output(layer);
       },
       "has no input 2"},
      {"no tensor of another network",
       [](Sketch& s, bool wrong) {
         static std::vector<std::unique_ptr<trt::INetworkDefinition>> others;
         trt::ITensor& x = s.input({2});
         others.emplace_back(s.network.getBuilder().createNetworkV2(0));
         trt::ITensor& foreign = *others.back()->addInput("foreign", DataType::kFLOAT, dims({2}));
         s.output(s.network.addElementWise(x, wrong ? foreign : x, trt::ElementWiseOperation::kSUM));
       },
       "another network"},
  });
}

}  // namespace
}  // namespace mindird::test

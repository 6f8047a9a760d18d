// Rules of activations, unary and elementwise operations, selection and casts.
#include <limits>

#include "bench.h"

namespace mindird::test {
namespace {

using trt::ActivationType;
using trt::DataType;
using trt::ElementWiseOperation;
using trt::UnaryOperation;

TEST(ArithmeticRules, Activation) {
  check_rules({
      {"floating point for a sigmoid",
       [](Sketch& s, bool wrong) { s.output(s.network.addActivation(s.input({2}, wrong ? DataType::kINT32 : DataType::kHALF), ActivationType::kSIGMOID)); },
       "want floating point"},
      {"integers for a relu, not bool",
       [](Sketch& s, bool wrong) { s.output(s.network.addActivation(s.input({2}, wrong ? DataType::kBOOL : DataType::kINT64), ActivationType::kRELU)); },
       "relu of bool"},
      {"alpha is finite",
       [](Sketch& s, bool wrong) {
         trt::IActivationLayer* layer = s.network.addActivation(s.input({2}), ActivationType::kLEAKY_RELU);
         layer->setAlpha(wrong ? std::numeric_limits<float>::infinity() : 0.5F);
         s.output(layer);
       },
       "not finite"},
  });
}

TEST(ArithmeticRules, Unary) {
  check_rules({
      {"floating point for an exponential",
       [](Sketch& s, bool wrong) { s.output(s.network.addUnary(s.input({2}, wrong ? DataType::kINT32 : DataType::kBF16), UnaryOperation::kEXP)); },
       "want floating point"},
      {"no negation of integers",
       [](Sketch& s, bool wrong) { s.output(s.network.addUnary(s.input({2}, wrong ? DataType::kINT64 : DataType::kFLOAT), UnaryOperation::kNEG)); },
       "want floating point"},
      {"the sign of integers, not of bool",
       [](Sketch& s, bool wrong) { s.output(s.network.addUnary(s.input({2}, wrong ? DataType::kBOOL : DataType::kINT32), UnaryOperation::kSIGN)); },
       "arithmetic on bool"},
      {"NOT of bool alone",
       [](Sketch& s, bool wrong) { s.output(s.network.addUnary(s.input({2}, wrong ? DataType::kINT32 : DataType::kBOOL), UnaryOperation::kNOT)); },
       "NOT of something else than bool"},
  });
}

TEST(ArithmeticRules, ElementWise) {
  check_rules({
      {"equal types, never cast in secret",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addElementWise(s.input({2}), s.input({2}, wrong ? DataType::kHALF : DataType::kFLOAT), ElementWiseOperation::kSUM));
       },
       "types differ"},
      {"equal ranks",
       [](Sketch& s, bool wrong) {
         trt::ITensor& y = wrong ? s.input({3}) : s.input({1, 3});
         s.output(s.network.addElementWise(s.input({2, 3}), y, ElementWiseOperation::kPROD));
       },
       "ranks differ"},
      {"equal lengths, or one",
       [](Sketch& s, bool wrong) { s.output(s.network.addElementWise(s.input({2, 3}), s.input({wrong ? 2 : 1, wrong ? 2 : 1}), ElementWiseOperation::kSUB)); },
       "broadcast"},
      {"AND of bool alone",
       [](Sketch& s, bool wrong) {
         const DataType type = wrong ? DataType::kINT32 : DataType::kBOOL;
         s.output(s.network.addElementWise(s.input({2}, type), s.input({2}, type), ElementWiseOperation::kAND));
       },
       "logical operations are for bool"},
      {"no comparison of bool",
       [](Sketch& s, bool wrong) {
         const DataType type = wrong ? DataType::kBOOL : DataType::kINT32;
         s.output(s.network.addElementWise(s.input({2}, type), s.input({2}, type), ElementWiseOperation::kEQUAL));
       },
       "logical operations are for bool"},
  });
}

TEST(ArithmeticRules, Select) {
  check_rules({
      {"a condition of bool",
       [](Sketch& s, bool wrong) { s.output(s.network.addSelect(s.input({2}, wrong ? DataType::kINT32 : DataType::kBOOL), s.input({2}), s.input({2}))); },
       "the condition is not bool"},
      {"choices of one type",
       [](Sketch& s, bool wrong) {
         s.output(s.network.addSelect(s.input({2}, DataType::kBOOL), s.input({2}), s.input({2}, wrong ? DataType::kINT32 : DataType::kFLOAT)));
       },
       "both choices must have one type"},
      {"equal ranks",
       [](Sketch& s, bool wrong) {
         trt::ITensor& condition = wrong ? s.input({3}, DataType::kBOOL) : s.input({1, 3}, DataType::kBOOL);
         s.output(s.network.addSelect(condition, s.input({2, 3}), s.input({2, 1})));
       },
       "ranks differ"},
      {"equal lengths, or one",
       [](Sketch& s, bool wrong) { s.output(s.network.addSelect(s.input({3}, DataType::kBOOL), s.input({wrong ? 2 : 1}), s.input({3}))); }, "broadcast"},
  });
}

}  // namespace
}  // namespace mindird::test

#include "ir/attribute_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "test/ir_toy_ops.h"

namespace mindird::ir {
namespace {

ToyScale sample() {
  ToyScale op;
  op.factor = 0.1;
  op.count = -7;
  op.flag = true;
  op.label = "two words, a comma";
  op.type = DType::kBF16;
  op.sizes = {1, -2, 3};
  op.mode = ToyScale::Mode::kFancy;
  return op;
}

TEST(AttributeText, WritesEveryKind) {
  EXPECT_EQ(attribute_text(sample()), R"({factor=0.1, count=-7, flag=true, label="two words, a comma", type=bf16, sizes=[1,-2,3], mode=fancy})");
  EXPECT_EQ(attribute_text(ToyAdd()), "");
}

TEST(AttributeText, ReadsBackExactly) {
  for (const double factor : {0.1, 1e-310, 1.0 / 3, -0.0, 1e300, std::numeric_limits<double>::infinity()}) {
    ToyScale op = sample();
    op.factor = factor;
    ToyScale read;
    const Status status = parse_attributes(read, attribute_text(op));
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(std::signbit(read.factor), std::signbit(factor));
    EXPECT_EQ(read.factor, factor);
    EXPECT_TRUE(same_op(op, read));
  }
}

TEST(AttributeText, KeepsDefaultsForWhatIsMissing) {
  ToyScale op;
  ASSERT_TRUE(parse_attributes(op, "{sizes=[], count=5}").ok());
  EXPECT_EQ(op.count, 5);
  EXPECT_TRUE(op.sizes.empty());
  EXPECT_EQ(op.factor, 1);
}

TEST(AttributeText, RefusesWhatDoesNotFit) {
  const std::pair<std::string, std::string> bad[] = {
      {"{count=x}", "attribute count: found x, want a number"},
      {"{count=99999999999999999999}", "attribute count: found 99999999999999999999, want a number"},
      {"{flag=yes}", "attribute flag: found yes, want true or false"},
      {"{type=f31}", "attribute type: found f31, want an element type"},
      {"{mode=odd}", "attribute mode: found odd, want one of the known names"},
      {"{sizes=1}", "attribute sizes: found 1, want a list like [1,2]"},
      {"{sizes=[1;2]}", "attribute sizes: found [1;2], want a list like [1,2]"},
      {"{label=bare}", "attribute label: found bare, want a quoted text"},
      {"{colour=red}", "unknown attribute colour"},
      {"{count=1, count=2}", "attribute count given twice"},
      {"{count}", "attributes: found \"count\", want name=value"},
      {"count=1", "attributes: want {name=value, …}"},
  };
  for (const auto& [text, message] : bad) {
    ToyScale op;
    EXPECT_EQ(parse_attributes(op, text).message(), message) << text;
  }
}

}  // namespace
}  // namespace mindird::ir

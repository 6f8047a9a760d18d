#include "mindir/value_reference.h"

#include <gtest/gtest.h>

namespace mindird::mindir {
namespace {

using Names = std::vector<std::string_view>;

std::vector<Item> numbers(int64_t count) {
  std::vector<Item> out;
  for (int64_t i = 1; i <= count; ++i) out.emplace_back(i);
  return out;
}

TEST(ValueReference, names_are_listed_without_the_tuples_around_them) {
  EXPECT_EQ(reference_names("shape:shape1,"), (Names{"shape1"}));
  EXPECT_EQ(reference_names("shape:Tuple[shape1,Tuple[shape2,shape3,],],"), (Names{"shape1", "shape2", "shape3"}));
  EXPECT_EQ(reference_names("shape:UMonadType,"), (Names{"UMonadType"}));
  EXPECT_TRUE(reference_names("scalar:Tuple[],").empty());
  EXPECT_TRUE(reference_names("nothing").empty());
}

TEST(ValueReference, values_go_into_the_tuples_in_their_order) {
  EXPECT_EQ(integers_of(arrange("scalar:value0", numbers(1))), (std::vector<int64_t>{1}));
  EXPECT_EQ(integers_of(arrange("scalar:List[value1,value2,],", numbers(2))), (std::vector<int64_t>{1, 2}));
  const Item pairs = arrange("scalar:Tuple[Tuple[value1,value2,],Tuple[value3,value4,],],", numbers(4));
  ASSERT_TRUE(pairs.tuple());
  ASSERT_EQ(pairs.tuple()->size(), 2U);
  EXPECT_EQ(integers_of((*pairs.tuple())[1]), (std::vector<int64_t>{3, 4}));
  const Item one = arrange("scalar:Tuple[value1,],", numbers(1));
  ASSERT_TRUE(one.tuple());
  EXPECT_EQ(one.tuple()->size(), 1U);
  const Item none = arrange("scalar:Tuple[],", {});
  ASSERT_TRUE(none.tuple());
  EXPECT_TRUE(none.tuple()->empty());
}

TEST(ValueReference, what_does_not_fit_is_unavailable) {
  for (const std::string_view text : {"", "scalar", "scalar:", "scalar:Tuple[", "scalar:Tuple[value1", "scalar:Tuple[value1,value2,],", "scalar:value1 ]",
                                      "scalar:value1,value2", "scalar:Tuple[,],"}) {
    EXPECT_TRUE(arrange(text, numbers(1)).as<Unavailable>()) << text;
  }
  std::string deep = "scalar:";
  for (int i = 0; i < 100000; ++i) deep += "Tuple[";
  EXPECT_TRUE(arrange(deep, numbers(1)).as<Unavailable>());
}

}  // namespace
}  // namespace mindird::mindir

#include "mindir/names.h"

#include <gtest/gtest.h>

namespace mindird::mindir {
namespace {

TEST(Names, plain_name_is_what_follows_the_last_colon) {
  EXPECT_EQ(plain_name("9_1___main___Net_construct_5:conv.weight"), "conv.weight");
  EXPECT_EQ(plain_name("x"), "x");
}

TEST(Names, value_name_loses_graph_and_counter) {
  EXPECT_EQ(value_name("3_Net:CNode_5:7", "3_Net"), "CNode_5");
  EXPECT_EQ(value_name("3_Net:x", "3_Net"), "x");
  EXPECT_EQ(value_name("ValueNode_17", "3_Net"), "ValueNode_17");
  EXPECT_EQ(value_name("3_Net:5", "3_Net"), "5");
}

TEST(Names, node_name_prefers_the_scope) {
  EXPECT_EQ(node_name("Default/conv-Conv2d/Conv2D-op0", "3_Net:y:1"), "Default/conv-Conv2d/Conv2D-op0");
  EXPECT_EQ(node_name("0", "3_Net:y:1"), "y:1");
}

TEST(Names, printable_keeps_utf8_and_replaces_the_rest) {
  EXPECT_EQ(printable("a↵б\xf0\x9f\x99\x82z"), "a↵б\xf0\x9f\x99\x82z");
  EXPECT_EQ(printable("a\nb\x7f\x01"), "a?b??");
  EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80\xf5"), "???????");
  EXPECT_EQ(printable("\xe2\x86"), "??");
}

TEST(Names, printable_cuts_between_characters) {
  std::string text(kMaxNameLength - 1, 'a');
  EXPECT_EQ(printable(text + "↵b").size(), kMaxNameLength - 1);
  EXPECT_EQ(printable(text + "bc").size(), kMaxNameLength);
}

}  // namespace
}  // namespace mindird::mindir

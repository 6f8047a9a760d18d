// A model that checks its own sizes: y[1] = 2.5 of a tensor whose first size is open raises where there is no second row.
#include <gtest/gtest.h>

#include "mindir/module.h"

namespace mindird::mindir {
namespace {

const std::string kModel = MINDIRD_SOURCE_DIR "/test/cases/primitives/open_sizes/set_number.mindir";

TEST(Raise, a_shape_that_leads_to_an_exception_is_refused_in_its_words) {
  const auto module = read(kModel);
  ASSERT_TRUE(module.ok()) << module.status().message();
  const auto two = (*module)->lower(std::vector{Shape{2, 4, 3}});
  EXPECT_TRUE(two.ok()) << two.status().message();
  const auto one = (*module)->lower(std::vector{Shape{1, 4, 3}});
  EXPECT_EQ(one.status().code(), Code::kUnsupported);
  EXPECT_NE(one.status().message().find("(raise): the model raises IndexError: "), std::string::npos) << one.status().message();
}

}  // namespace
}  // namespace mindird::mindir

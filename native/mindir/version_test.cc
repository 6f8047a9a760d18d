#include "mindir/version.h"

#include <gtest/gtest.h>

namespace mindird::mindir {
namespace {

Version of(std::string_view text) {
  ModelView model;
  model.model_version = text;
  return version_of(model);
}

TEST(Version, is_what_the_file_names) {
  const Version version = of("1.10.0");
  EXPECT_EQ(version.major, 1);
  EXPECT_EQ(version.minor, 10);
  EXPECT_EQ(version.text, "1.10.0");
  EXPECT_EQ(of("2.5.0.dev20250119").minor, 5);
}

TEST(Version, the_first_three_write_the_same) { EXPECT_EQ(of("1.1.0").text, "1.1 to 1.3"); }

TEST(Version, unnamed_is_the_newest) {
  for (const std::string_view text : {"", "x", "2", "-1.5", "99999999999999999999.1"}) EXPECT_FALSE(of(text).before(2, 10)) << text;
}

TEST(Version, minor_versions_are_numbers) {
  EXPECT_TRUE(of("1.9.0").before(1, 10));
  EXPECT_FALSE(of("1.10.0").before(1, 10));
  EXPECT_TRUE(of("1.10.0").before(2, 0));
  EXPECT_FALSE(of("2.0.0").before(1, 10));
}

}  // namespace
}  // namespace mindird::mindir

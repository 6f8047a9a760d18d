#include "mindir/wire.h"

#include <gtest/gtest.h>

namespace mindird::mindir {
namespace {

constexpr size_t kPlenty = 1 << 20;

TEST(Wire, reads_each_kind_of_field) {
  // 1: varint 300, 2: "ab", 3: float 1.5, 4: double -2, 5: message { 1: -1 }
  const std::string bytes(
      "\x08\xac\x02\x12\x02"
      "ab"
      "\x1d\x00\x00\xc0\x3f\x21\x00\x00\x00\x00\x00\x00\x00\xc0"
      "\x2a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
      34);
  WireContext context(bytes, kPlenty);
  Cursor c(context, bytes, "Test");
  ASSERT_TRUE(c.next());
  EXPECT_EQ(c.field(), 1U);
  EXPECT_EQ(c.integer(), 300);
  ASSERT_TRUE(c.next());
  EXPECT_EQ(c.bytes(), "ab");
  ASSERT_TRUE(c.next());
  EXPECT_EQ(c.real32(), 1.5F);
  ASSERT_TRUE(c.next());
  EXPECT_EQ(c.real64(), -2.0);
  ASSERT_TRUE(c.next());
  Cursor inner = c.message("Inner");
  ASSERT_TRUE(inner.next());
  EXPECT_EQ(inner.integer(), -1);
  EXPECT_FALSE(inner.next());
  EXPECT_FALSE(c.next());
  EXPECT_TRUE(context.status().ok());
}

TEST(Wire, accepts_packed_and_unpacked_integers) {
  const std::string bytes("\x08\x05\x0a\x03\x01\x02\x03\x08\x07", 9);
  WireContext context(bytes, kPlenty);
  Cursor c(context, bytes, "Test");
  std::vector<int64_t> values;
  while (c.next()) c.integers(values);
  EXPECT_EQ(values, (std::vector<int64_t>{5, 1, 2, 3, 7}));
  EXPECT_TRUE(context.status().ok());
}

TEST(Wire, wrong_wire_type_names_message_field_and_offset) {
  const std::string bytes("\x08\x01\x10\x01", 4);
  WireContext context(bytes, kPlenty);
  Cursor c(context, bytes, "NodeProto");
  ASSERT_TRUE(c.next());
  EXPECT_EQ(c.integer(), 1);
  ASSERT_TRUE(c.next());
  EXPECT_EQ(c.bytes(), "");
  EXPECT_EQ(context.status().message(), "offset 2: NodeProto field 2: wire type 0, want 2");
  EXPECT_FALSE(c.next());
}

TEST(Wire, length_beyond_the_end_is_an_error) {
  const std::string bytes(
      "\x0a\x7f"
      "ab",
      4);
  WireContext context(bytes, kPlenty);
  Cursor c(context, bytes, "Test");
  ASSERT_TRUE(c.next());
  c.skip();
  EXPECT_FALSE(c.next());
  EXPECT_EQ(context.status().code(), Code::kInvalidModel);
}

TEST(Wire, an_error_ends_every_cursor_of_the_file) {
  const std::string bytes("\x0a\x02\x08\x01\x08\x01", 6);
  WireContext context(bytes, kPlenty);
  Cursor outer(context, bytes, "Outer");
  ASSERT_TRUE(outer.next());
  Cursor inner = outer.message("Inner");
  ASSERT_TRUE(inner.next());
  inner.fail("bad");
  EXPECT_FALSE(inner.next());
  EXPECT_FALSE(outer.next());
  EXPECT_EQ(context.error_offset(), 2U);
}

TEST(Wire, nesting_is_limited) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes = std::string(1, '\x0a') + static_cast<char>(bytes.size() & 0x7f) + bytes.substr(0, 0x7f);
  WireContext context(bytes, kPlenty);
  Cursor c(context, bytes, "Test");
  int depth = 0;
  while (c.next()) {
    c = c.message("Test");
    ++depth;
  }
  EXPECT_LE(depth, kMaxWireDepth + 1);
}

TEST(Wire, the_budget_bounds_decoded_values) {
  const std::string bytes("\x0a\x04\x01\x02\x03\x04", 6);
  WireContext context(bytes, 2 * 2 * sizeof(int64_t));
  Cursor c(context, bytes, "Test");
  std::vector<int64_t> values;
  while (c.next()) c.integers(values);
  EXPECT_EQ(values.size(), 2U);
  EXPECT_EQ(context.status().code(), Code::kInvalidModel);
}

}  // namespace
}  // namespace mindird::mindir

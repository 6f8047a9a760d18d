// Protocol-buffer fields out of a byte range, without copying and without exceptions: a Cursor walks the fields of one message, and
// every accessor checks the wire type first. The first problem is kept in the WireContext with its place in the file; from then on every
// cursor of that context reports its end, so decoding loops need no error handling of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <protozero/pbf_reader.hpp>

#include "base/status.h"

namespace mindird::mindir {

/// Deepest nesting of messages; MindSpore's own files stay below 10.
inline constexpr int kMaxWireDepth = 48;

/// What all cursors of one file share: its bytes, the first error and the memory left for decoded structures.
class WireContext {
 public:
  /// `budget`: bytes that structures decoded from the file may take (see spend).
  WireContext(std::string_view bytes, size_t budget) : bytes_(bytes), budget_(budget) {}

  bool failed() const { return failed_; }
  /// INVALID_MODEL with the place of the first problem, or success.
  Status status() const;
  /// Where the first problem is, in bytes from the start of the file.
  size_t error_offset() const { return error_offset_; }
  void fail(const char* at, std::string message);
  /// Accounts for memory about to be taken by decoded structures; false (and failed) when the budget is used up.
  bool spend(size_t bytes, const char* at);
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
  size_t budget_;
  bool failed_ = false;
  size_t error_offset_ = 0;
  std::string message_;
};

class Cursor {
 public:
  /// `message` names the message type in errors.
  Cursor(WireContext& context, std::string_view bytes, std::string_view message, int depth = 0);

  /// Moves to the next field; false at the end and after any error in the file.
  bool next();
  uint32_t field() const { return reader_.tag(); }

  // One of these, exactly once, after each next().
  std::string_view bytes();
  int64_t integer();
  float real32();
  double real64();
  /// A repeated integer, packed or not: appends the values.
  void integers(std::vector<int64_t>& out);
  /// A repeated float, packed or not.
  void reals32(std::vector<double>& out);
  /// A repeated double, packed or not.
  void reals64(std::vector<double>& out);
  Cursor message(std::string_view name);
  void skip();

  WireContext& context() const { return *context_; }
  /// Reports a problem with the current field.
  void fail(std::string what);
  /// See WireContext::spend.
  bool spend(size_t bytes) { return context_->spend(bytes, start_); }

 private:
  bool want(protozero::pbf_wire_type type);
  template <class F>
  auto well_formed(F&& read) -> decltype(read());

  WireContext* context_;
  protozero::pbf_reader reader_;
  std::string_view message_;
  const char* start_;  // of the current field
  int depth_;
};

}  // namespace mindird::mindir

// Status and Result: how every fallible function of the native code answers. Errors carry a code from the one
// table (server/errors.ts has the same names) and a message "place: found, wanted"; `with` adds context outward.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mindird {

enum class Code : uint8_t {
  kOk,
  kInvalidArgument,
  kNotFound,
  kNotReady,
  kOverloaded,
  kTooLarge,
  kDeadlineExceeded,
  kCancelled,
  kInvalidModel,
  kUnsupported,
  kEngineFailed,
  kOutOfMemory,
  kInvalidConfig,
  kInternal,
};

/// The name of a code as the error table spells it, e.g. "INVALID_MODEL".
std::string_view code_name(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  /// Adds a place in front of the message: "lenet/3: <message>". No effect on success.
  Status with(std::string_view place) &&;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}         // NOLINT: implicit on purpose
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }

  /// The error; a success Status when there is a value.
  Status status() const& { return ok() ? Status() : std::get<1>(state_); }
  Status status() && { return ok() ? Status() : std::get<1>(std::move(state_)); }
  Result with(std::string_view place) && {
    if (ok()) return std::move(*this);
    return Result(std::get<1>(std::move(state_)).with(place));
  }

 private:
  std::variant<T, Status> state_;
};

inline Status invalid_argument(std::string m) { return {Code::kInvalidArgument, std::move(m)}; }
inline Status invalid_model(std::string m) { return {Code::kInvalidModel, std::move(m)}; }
inline Status unsupported(std::string m) { return {Code::kUnsupported, std::move(m)}; }
inline Status internal_error(std::string m) { return {Code::kInternal, std::move(m)}; }

}  // namespace mindird

#define MINDIRD_CONCAT_(a, b) a##b
#define MINDIRD_CONCAT(a, b) MINDIRD_CONCAT_(a, b)

/// Returns from the enclosing function when `expr` (a Status) is an error.
#define TRY(expr) TRY_IMPL_(MINDIRD_CONCAT(try_status_, __COUNTER__), expr)
#define TRY_IMPL_(tmp, expr)                                   \
  do {                                                         \
    if (::mindird::Status tmp = (expr); !tmp.ok()) return tmp; \
  } while (false)

/// Declares `decl` from the value of `expr` (a Result), or returns its error.
#define TRY_ASSIGN(decl, expr) TRY_ASSIGN_IMPL_(MINDIRD_CONCAT(try_result_, __COUNTER__), decl, expr)
#define TRY_ASSIGN_IMPL_(tmp, decl, expr)        \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  decl = std::move(tmp).value()

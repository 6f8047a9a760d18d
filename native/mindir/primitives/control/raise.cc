// Exceptions of a model, which stand in branches of what it checks itself: a shape that leads there cannot be served, and neither can a condition on data,
// since no answer of a model is an exception.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

/// A text of Python, or the number that stands for it in a formatted one.
std::string text_of(const Item& item) {
  if (const auto* text = item.as<std::string>()) return *text;
  if (const auto* number = item.as<int64_t>()) return str(*number);
  return item.text();
}

constexpr size_t kMaxText = 1024;

/// A formatted text: its parts one behind the other.
Result<Item> lower_joined(Call& call) {
  std::string text;
  [[maybe_unused]] const bool any_number_of_parts = call.has("variable_length_inputs");
  for (size_t i = 0; i < call.input_count() && text.size() < kMaxText; ++i) text += text_of(call.input(i));
  return Item(std::move(text));
}

/// The kind of exception, and what it says.
Result<Item> lower_raise(Call& call) {
  const std::string kind = call.input_count() > 0 ? text_of(call.input(0)) : "an exception";
  std::string what;
  if (call.input_count() > 1) {
    if (const auto* text = call.input(1).as<std::string>()) what = str(": ", text->substr(0, kMaxText));
  }
  return unsupported(str("the model raises ", kind, what));
}

REGISTER_PRIMITIVE(JoinedStr, lower_joined);
REGISTER_PRIMITIVE(raise, lower_raise);

}  // namespace
}  // namespace mindird::mindir

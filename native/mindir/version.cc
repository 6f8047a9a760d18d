#include "mindir/version.h"

#include <charconv>

#include "mindir/names.h"

namespace mindird::mindir {
namespace {

/// The number at the start of `text`, which is then behind it and one dot; -1 when there is none.
int take_number(std::string_view& text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return -1;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return number;
}

}  // namespace

Version version_of(const ModelView& model) {
  std::string_view text = model.model_version;
  const int major = take_number(text);
  const int minor = take_number(text);
  if (major < 0 || minor < 0) return {2, 10, "of unknown version"};
  if (major == 1 && minor <= 3) return {1, 3, "1.1 to 1.3"};
  return {major, minor, printable(model.model_version)};
}

}  // namespace mindird::mindir

#include "mindir/names.h"

#include <algorithm>

namespace mindird::mindir {
namespace {

/// Bytes of the UTF-8 sequence at the start of `text`, or 0 when it is not one (overlong forms and surrogates included).
size_t sequence_length(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead < 0x20 || lead == 0x7f ? 0 : 1;
  const size_t length = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
  const bool too_high = lead == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || too_high ? 0 : length;
}

bool is_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (out.size() + std::max<size_t>(length, 1) > kMaxNameLength) break;
    out += length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string plain_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  return printable(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

std::string value_name(std::string_view name, std::string_view graph) {
  if (name.size() > graph.size() && name.starts_with(graph) && name[graph.size()] == ':') name.remove_prefix(graph.size() + 1);
  const size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && colon > 0 && is_digits(name.substr(colon + 1))) name = name.substr(0, colon);
  return printable(name);
}

std::string node_name(std::string_view scope, std::string_view name) {
  if (scope.find('/') != std::string_view::npos) return printable(scope);
  const size_t colon = name.find(':');
  return printable(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

}  // namespace mindird::mindir

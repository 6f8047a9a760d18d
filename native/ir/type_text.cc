#include "ir/type_text.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"

namespace mindird::ir {
namespace {

constexpr size_t kMostTypes = 4096;

Result<int64_t> parse_dim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  int64_t dim = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), dim);
  if (r.ec != std::errc() || r.ptr != text.data() + text.size() || dim < -1) return invalid_argument(str("bad dimension \"", text, '"'));
  return dim;
}

}  // namespace

Result<TensorType> parse_type(std::string_view text) {
  const size_t open = text.find('[');
  if (open == std::string_view::npos || text.back() != ']') return invalid_argument(str("found type \"", text, "\", want one like f32[2,3]"));
  const auto dtype = parse_dtype(text.substr(0, open));
  if (!dtype) return invalid_argument(str("unknown element type \"", text.substr(0, open), '"'));
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  std::vector<int64_t> dims;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    TRY_ASSIGN(dims.emplace_back(), parse_dim(rest.substr(0, end)));
    if (end + 1 == rest.size()) return invalid_argument(str("type \"", text, "\" ends with a comma"));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (dims.size() > kMaxRank) return invalid_argument(str("rank ", dims.size(), ", want at most ", kMaxRank));
  return TensorType{*dtype, Shape(std::move(dims))};
}

std::string types_text(std::span<const TensorType> types) {
  std::string out;
  for (const TensorType& type : types) append_to(out, str(out.empty() ? "" : ";", type.text()));
  return out;
}

Result<Types> parse_types(std::string_view text) {
  Types out;
  while (!text.empty()) {
    if (out.size() == kMostTypes) return invalid_argument(str("more than ", kMostTypes, " types"));
    const size_t end = std::min(text.find(';'), text.size());
    TRY_ASSIGN(out.emplace_back(), parse_type(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace mindird::ir

#include "engines/node_failure.h"

#include <string_view>

#include "base/strings.h"

namespace mindird::engines {
namespace {

constexpr std::string_view kBegin = "node \"";
constexpr std::string_view kMiddle = "\" (";
constexpr std::string_view kEnd = "): ";

}  // namespace

Status at_node(Status why, const ir::Node& node) { return {why.code(), str(kBegin, node.origin, kMiddle, node.op->id(), kEnd, why.message())}; }

std::optional<NodeName> failed_node(const Status& failure) {
  const std::string_view text = failure.message();
  const size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  const size_t origin = begin + kBegin.size();
  const size_t middle = text.find(kMiddle, origin);
  if (middle == std::string_view::npos) return std::nullopt;
  const size_t op = middle + kMiddle.size();
  const size_t end = text.find(kEnd, op);
  if (end == std::string_view::npos) return std::nullopt;
  return NodeName{std::string(text.substr(origin, middle - origin)), std::string(text.substr(op, end - op))};
}

}  // namespace mindird::engines

#include "mindir/primitives/primitive.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mindird::mindir {

PrimitiveRegistry& PrimitiveRegistry::instance() {
  static PrimitiveRegistry registry;
  return registry;
}

bool PrimitiveRegistry::add(std::string_view name, LowerFunction function) {
  const auto place = std::lower_bound(entries_.begin(), entries_.end(), name, [](const auto& entry, std::string_view n) { return entry.first < n; });
  if (place != entries_.end() && place->first == name) {
    std::fprintf(stderr, "primitive %.*s is registered twice\n", static_cast<int>(name.size()), name.data());
    std::abort();
  }
  entries_.emplace(place, name, std::move(function));
  return true;
}

const LowerFunction* PrimitiveRegistry::find(std::string_view name) const {
  const auto place = std::lower_bound(entries_.begin(), entries_.end(), name, [](const auto& entry, std::string_view n) { return entry.first < n; });
  return place != entries_.end() && place->first == name ? &place->second : nullptr;
}

std::vector<std::string_view> PrimitiveRegistry::names() const {
  std::vector<std::string_view> out;
  for (const auto& entry : entries_) out.push_back(entry.first);
  return out;
}

Item tuple_of(std::span<const ir::ValueId> values) {
  Items items;
  for (const ir::ValueId value : values) items.emplace_back(Computed{value});
  return make_tuple(std::move(items));
}

}  // namespace mindird::mindir

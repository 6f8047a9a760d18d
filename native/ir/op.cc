#include "ir/op.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "ir/attribute_text.h"
#include "ir/graph.h"

namespace mindird::ir {

double Op::cost(std::span<const TensorType>, std::span<const TensorType> outputs) const {
  double total = 0;
  for (const TensorType& t : outputs) total += t.shape.known() ? static_cast<double>(t.shape.elements()) : 0.0;
  return total;
}

std::optional<BatchAxis> Op::batch_axis(const BatchArgs&) const { return std::nullopt; }

Status Op::set_bodies(std::vector<GraphPtr> bodies) { return bodies.empty() ? Status() : invalid_argument("this operator has no graphs"); }

bool same_op(const Op& a, const Op& b) {
  if (a.id() != b.id() || attribute_text(a) != attribute_text(b)) return false;
  return std::ranges::equal(a.bodies(), b.bodies(), [](const GraphPtr& x, const GraphPtr& y) { return x == y || hash(*x) == hash(*y); });
}

Hasher& hash_op(Hasher& hasher, const Op& op) {
  hasher.text(op.id()).text(attribute_text(op));
  for (const GraphPtr& body : op.bodies()) {
    const Hash128 inside = hash(*body);
    hasher.number(inside.high).number(inside.low);
  }
  return hasher;
}

OpRegistry& OpRegistry::instance() {
  static OpRegistry registry;
  return registry;
}

bool OpRegistry::add(std::string_view id, Factory factory) {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), id, [](const auto& e, auto v) { return e.first < v; });
  if (it != entries_.end() && it->first == id) {
    std::fprintf(stderr, "operator %.*s registered twice\n", static_cast<int>(id.size()), id.data());
    std::abort();
  }
  entries_.insert(it, {id, factory});
  return true;
}

std::shared_ptr<Op> OpRegistry::create(std::string_view id) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), id, [](const auto& e, auto v) { return e.first < v; });
  return it != entries_.end() && it->first == id ? it->second() : nullptr;
}

std::vector<std::string_view> OpRegistry::ids() const {
  std::vector<std::string_view> out;
  for (const auto& e : entries_) out.push_back(e.first);
  return out;
}

}  // namespace mindird::ir

#include "mindir/item.h"

#include <algorithm>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

/// More integers than any shape, axis or size list has; longer constants are data, not arguments.
constexpr int64_t kMaxIntegers = 65536;

template <class T>
std::vector<int64_t> widen(const Constant& constant) {
  const auto values = constant.as<T>();
  return {values.begin(), values.end()};
}

std::optional<std::vector<int64_t>> constant_integers(const Constant& constant) {
  if (constant.type().shape.rank() > 1 || constant.type().shape.elements() > kMaxIntegers) return std::nullopt;
  switch (constant.type().dtype) {
    case DType::kI64: return widen<int64_t>(constant);
    case DType::kI32: return widen<int32_t>(constant);
    case DType::kI16: return widen<int16_t>(constant);
    case DType::kI8: return widen<int8_t>(constant);
    case DType::kU8: return widen<uint8_t>(constant);
    default: return std::nullopt;
  }
}

std::optional<double> constant_number(const Constant& constant) {
  if (constant.type().shape.elements() != 1) return std::nullopt;
  switch (constant.type().dtype) {
    case DType::kF64: return constant.as<double>()[0];
    case DType::kF32: return static_cast<double>(constant.as<float>()[0]);
    case DType::kF16: return static_cast<double>(static_cast<float>(constant.as<Half>()[0]));
    case DType::kBF16: return static_cast<double>(static_cast<float>(constant.as<BFloat16>()[0]));
    case DType::kBool: return constant.as<uint8_t>()[0] != 0 ? 1.0 : 0.0;
    default: return std::nullopt;
  }
}

}  // namespace

std::string Item::text() const {
  if (as<None>()) return "None";
  if (as<Monad>()) return "a memory state";
  if (const auto* i = as<int64_t>()) return str("the number ", *i);
  if (const auto* d = as<double>()) return str("the number ", *d);
  if (const auto* b = as<bool>()) return *b ? "true" : "false";
  if (const auto* s = as<std::string>()) return str("\"", s->substr(0, 64), "\"");
  if (const auto* c = as<ConstantPtr>()) return str("a constant ", (*c)->type().text());
  if (as<Computed>()) return "a tensor computed at run time";
  if (as<Closure>()) return "a function";
  if (as<Choice>()) return "a choice made at run time";
  if (const Items* items = tuple()) return str("a tuple of ", items->size());
  return "an unavailable value";
}

uint32_t Item::depth() const {
  if (const auto* t = as<Tuple>()) return t->depth;
  if (const auto* c = as<Closure>()) return c->depth;
  const auto* choice = as<Choice>();
  return choice ? choice->depth : 0;
}

uint32_t Item::size() const {
  if (const auto* t = as<Tuple>()) return t->size;
  if (const auto* c = as<Closure>()) return c->size;
  const auto* choice = as<Choice>();
  return choice ? choice->size : 1;
}

namespace {

/// The item that `make` builds of members, their depth and their number; an unavailable one beyond the limits.
template <class Make>
Item bounded(const Items& members, Make make) {
  uint32_t depth = 0;
  uint64_t size = 1;
  for (const Item& item : members) {
    depth = std::max(depth, item.depth());
    size += item.size();
  }
  if (depth >= kMaxTupleDepth) return Unavailable{str("tuples nest deeper than ", kMaxTupleDepth)};
  if (size > kMaxTupleSize) return Unavailable{str("a tuple has more than ", kMaxTupleSize, " members at all levels")};
  return make(depth + 1, static_cast<uint32_t>(size));
}

}  // namespace

Item make_tuple(Items items) {
  return bounded(items, [&](uint32_t depth, uint32_t size) -> Item { return Tuple{std::make_shared<const Items>(std::move(items)), depth, size}; });
}

Item make_closure(uint32_t function, Items arguments) {
  return bounded(arguments,
                 [&](uint32_t depth, uint32_t size) -> Item { return Closure{function, std::make_shared<const Items>(std::move(arguments)), depth, size}; });
}

Item make_choice(ir::ValueId selector, Items options) {
  return bounded(options,
                 [&](uint32_t depth, uint32_t size) -> Item { return Choice{selector, std::make_shared<const Items>(std::move(options)), depth, size}; });
}

std::optional<std::vector<int64_t>> integers_of(const Item& item) {
  if (const auto* i = item.as<int64_t>()) return std::vector<int64_t>{*i};
  if (const auto* b = item.as<bool>()) return std::vector<int64_t>{*b ? 1 : 0};
  if (const auto* c = item.as<ConstantPtr>()) return constant_integers(**c);
  const Items* items = item.tuple();
  if (!items) return std::nullopt;
  std::vector<int64_t> out;
  out.reserve(items->size());
  for (const Item& member : *items) {
    const auto one = member.tuple() ? std::nullopt : integers_of(member);
    if (!one || one->size() != 1) return std::nullopt;
    out.push_back(one->front());
  }
  return out;
}

std::optional<double> number_of(const Item& item) {
  if (const auto* d = item.as<double>()) return *d;
  if (const auto* c = item.as<ConstantPtr>()) {
    if (const auto number = constant_number(**c)) return number;
  }
  const auto integers = integers_of(item);
  if (!integers || integers->size() != 1) return std::nullopt;
  return static_cast<double>(integers->front());
}

}  // namespace mindird::mindir

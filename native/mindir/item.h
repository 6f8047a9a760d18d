// An item is what a name in a MindIR file stands for while a model is read and lowered: a tensor of the graph being built, a constant,
// a Python scalar or string, a tuple of items, None, a memory state (monad), or a result that cannot be had, with the reason.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "ir/graph.h"
#include "tensor/tensor.h"

namespace mindird::mindir {

class Item;
using Items = std::vector<Item>;

struct None {};
/// An edge that only orders memory accesses; nothing is ever read from it.
struct Monad {};
/// A value of the graph under construction.
struct Computed {
  ir::ValueId value;
  bool is_scalar = false;  // a Python number that is known only at run time, as a tensor of rank 0
};
/// A result or value that this reader does not provide; using it is an error with this reason.
struct Unavailable {
  std::string reason;
};
/// A function of the program, with its first arguments.
struct Closure {
  uint32_t function = 0;
  std::shared_ptr<const Items> arguments;  // null: none
  uint32_t depth = 1;                      // nesting of what it holds
  uint32_t size = 1;                       // members at all levels, itself included
};
/// One of several items, mostly functions; which one is known at run time: selector is one bool, true for the first of two, or one integer.
struct Choice {
  ir::ValueId selector;
  std::shared_ptr<const Items> options;
  uint32_t depth = 1;
  uint32_t size = 1;
};
struct Tuple {
  std::shared_ptr<const Items> items;
  uint32_t depth = 1;  // nesting of tuples
  uint32_t size = 1;   // members at all levels, tuples included
};

/// Deepest nesting of tuples; keeps recursion over tuples bounded.
inline constexpr uint32_t kMaxTupleDepth = 32;
/// Most members of a tuple at all levels: a few nodes that repeat one another can describe a tuple of any size.
inline constexpr uint32_t kMaxTupleSize = uint32_t{1} << 18U;

class Item {
 public:
  using Variant = std::variant<None, Monad, int64_t, double, bool, std::string, ConstantPtr, Computed, Tuple, Closure, Choice, Unavailable>;

  Item() = default;
  template <class T>
    requires std::is_constructible_v<Variant, T>
  Item(T value) : variant_(std::move(value)) {}  // NOLINT: implicit on purpose

  template <class T>
  const T* as() const {
    return std::get_if<T>(&variant_);
  }
  bool is_none() const { return as<None>() != nullptr; }
  /// Members of a tuple, or null.
  const Items* tuple() const {
    const Tuple* t = as<Tuple>();
    return t ? t->items.get() : nullptr;
  }
  uint32_t depth() const;
  /// Members at all levels, this one included.
  uint32_t size() const;
  /// "the number 3", "a tuple of 4", … for messages.
  std::string text() const;

 private:
  Variant variant_;
};

/// A tuple item; beyond kMaxTupleDepth and kMaxTupleSize an unavailable item.
Item make_tuple(Items items);

/// A function with its first arguments, and a choice between options; unavailable items beyond the same limits.
Item make_closure(uint32_t function, Items arguments);
Item make_choice(ir::ValueId selector, Items options);

/// The integers of an item: a number, a tuple of numbers or a constant integer tensor of rank 0 or 1; nothing when it is something else.
std::optional<std::vector<int64_t>> integers_of(const Item& item);
/// The number an item holds: a number or a constant of one element; nothing when it is something else.
std::optional<double> number_of(const Item& item);

}  // namespace mindird::mindir

// One visitor serves printing, parsing, equality and hashing of operator attributes: an operator lists its attributes once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tensor/dtype.h"

namespace mindird::ir {

class AttributeVisitor {
 public:
  virtual ~AttributeVisitor() = default;
  virtual void field(std::string_view name, int64_t& value) = 0;
  virtual void field(std::string_view name, double& value) = 0;
  virtual void field(std::string_view name, bool& value) = 0;
  virtual void field(std::string_view name, std::string& value) = 0;
  virtual void field(std::string_view name, DType& value) = 0;
  virtual void field(std::string_view name, std::vector<int64_t>& value) = 0;
  /// A value out of a closed list, written by name; `index` is its position in `names`.
  virtual void choice(std::string_view name, int64_t& index, std::span<const std::string_view> names) = 0;

  /// The same for an enum whose enumerators count from 0 in the order of `names`.
  template <class E>
    requires std::is_enum_v<E>
  void choice(std::string_view name, E& value, std::span<const std::string_view> names) {
    auto index = static_cast<int64_t>(value);
    choice(name, index, names);
    value = static_cast<E>(index);
  }
};

}  // namespace mindird::ir

// Unique: The distinct slices of x along `axis` (one list of its elements without an axis, -1), the number of the distinct one each slice is (i64), and how
// often each occurs (i64). They come in the order of their first occurrence, `sorted` in ascending order, or, `consecutive`, anew whenever neighbours differ.
// NaN equals nothing, itself included. Outputs distinct, inverse (x.dims without an axis, else the dim), counts; how many there are is known only at run time
// (dim -1). All three are allocated by evaluate.
#pragma once

#include "ir/op.h"

namespace mindird::ops {

enum class UniqueOrder : uint8_t { kFirst, kSorted, kConsecutive };
inline constexpr std::array<std::string_view, 3> kUniqueOrderNames = {"first", "sorted", "consecutive"};

struct Unique final : ir::Op {
  static constexpr std::string_view kId = "Unique";

  UniqueOrder order = UniqueOrder::kFirst;
  bool flat = true;
  int64_t axis = 0;  // unless flat

  std::string_view id() const override { return kId; }
  void attributes(ir::AttributeVisitor& v) override;
  ir::Traits traits() const override { return {.data_dependent = true}; }
  Result<ir::Types> infer(std::span<const TensorType> in) const override;
  Status evaluate(const ir::EvalArgs& args) const override;
  double cost(std::span<const TensorType> in, std::span<const TensorType> out) const override;
  std::optional<ir::BatchAxis> batch_axis(const ir::BatchArgs& args) const override;
};

}  // namespace mindird::ops

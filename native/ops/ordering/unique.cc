// Slices are put in order by comparing them element by element; equal neighbours in that order are one. Sorting stably makes the first of equals stand for
// them.
#include "ops/ordering/unique.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ops/indexing/support_index.h"
#include "ops/ordering/ordering.h"
#include "ops/support.h"

namespace mindird::ops {
namespace {

/// Slice i consists of `outer` runs of `inner` elements.
template <class T>
class Slices {
 public:
  Slices(const Tensor& x, const AxisView& view) : x_(x.as<const T>()), view_(view) {}

  bool before(size_t a, size_t b) const {
    for (int64_t i = 0; i < view_.outer * view_.inner; ++i) {
      const auto left = load(element(a, i));
      const auto right = load(element(b, i));
      if (ascends(left, right)) return true;
      if (ascends(right, left)) return false;
    }
    return false;
  }
  bool same(size_t a, size_t b) const {
    for (int64_t i = 0; i < view_.outer * view_.inner; ++i) {
      if (load(element(a, i)) != load(element(b, i))) return false;
    }
    return true;
  }
  void copy(size_t from, const Tensor& to, size_t place, int64_t count) const {
    const auto out = to.as<T>();
    for (int64_t i = 0; i < view_.outer * view_.inner; ++i) {
      const int64_t at = (i / view_.inner * count + static_cast<int64_t>(place)) * view_.inner + i % view_.inner;
      out[static_cast<size_t>(at)] = element(from, i);
    }
  }

 private:
  T element(size_t slice, int64_t i) const {
    const int64_t at = (i / view_.inner * view_.size + static_cast<int64_t>(slice)) * view_.inner + i % view_.inner;
    return x_[static_cast<size_t>(at)];
  }

  std::span<const T> x_;
  AxisView view_;
};

struct Groups {
  std::vector<size_t> first;     // of each distinct slice, the one that stands for it
  std::vector<size_t> group_of;  // of each slice
};

template <class T>
Groups find_groups(const Slices<T>& slices, size_t count, UniqueOrder wanted) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  if (wanted != UniqueOrder::kConsecutive) {
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return slices.before(a, b); });
  }
  Groups groups{{}, std::vector<size_t>(count)};
  for (size_t i = 0; i < count; ++i) {
    if (i == 0 || !slices.same(order[i - 1], order[i])) groups.first.push_back(order[i]);
    groups.group_of[order[i]] = groups.first.size() - 1;
  }
  return groups;
}

/// Numbers the groups by where they occur first.
void order_by_occurrence(Groups& groups) {
  std::vector<size_t> order(groups.first.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return groups.first[a] < groups.first[b]; });
  std::vector<size_t> number(order.size());
  std::vector<size_t> first(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    number[order[i]] = i;
    first[i] = groups.first[order[i]];
  }
  groups.first = std::move(first);
  for (size_t& group : groups.group_of) group = number[group];
}

}  // namespace

void Unique::attributes(ir::AttributeVisitor& v) {
  v.choice("order", order, kUniqueOrderNames);
  v.field("flat", flat);
  v.field("axis", axis);
}

Result<ir::Types> Unique::infer(std::span<const TensorType> in) const {
  TRY(expect_arity(in, 1));
  if (flat) return ir::Types{{in[0].dtype, Shape{-1}}, {DType::kI64, in[0].shape}, {DType::kI64, Shape{-1}}};
  std::vector<int64_t> dims = in[0].shape.vector();
  TRY_ASSIGN(const size_t at, expect_axis("axis", axis, dims.size()));
  const int64_t size = dims[at];
  dims[at] = -1;
  return ir::Types{{in[0].dtype, Shape(std::move(dims))}, {DType::kI64, Shape{size}}, {DType::kI64, Shape{-1}}};
}

Status Unique::evaluate(const ir::EvalArgs& args) const {
  const Tensor& x = args.inputs[0];
  const size_t at = flat ? 0 : *normalize_axis(axis, x.shape().rank());
  const AxisView view = flat ? AxisView{1, x.elements(), 1} : split_axis(x.shape(), at);
  const auto count = static_cast<size_t>(flat ? x.elements() : x.shape()[at]);
  return dispatch_any(x.dtype(), [&]<class T>() -> Status {
    const Slices<T> slices(x, view);
    Groups groups = find_groups(slices, count, order);
    if (order == UniqueOrder::kFirst) order_by_occurrence(groups);
    const auto found = static_cast<int64_t>(groups.first.size());
    std::vector<int64_t> dims = flat ? std::vector<int64_t>{0} : x.shape().vector();
    dims[at] = found;
    TRY(args.allocate(0, Shape(std::move(dims))));
    TRY(args.allocate(1, flat ? x.shape() : Shape{static_cast<int64_t>(count)}));
    TRY(args.allocate(2, Shape{found}));
    const auto inverse = args.outputs[1].as<int64_t>();
    const auto counts = args.outputs[2].as<int64_t>();
    std::fill(counts.begin(), counts.end(), 0);
    for (size_t i = 0; i < count; ++i) {
      inverse[i] = static_cast<int64_t>(groups.group_of[i]);
      ++counts[groups.group_of[i]];
    }
    for (size_t i = 0; i < groups.first.size(); ++i) slices.copy(groups.first[i], args.outputs[0], i, found);
    return {};
  });
}

double Unique::cost(std::span<const TensorType> in, std::span<const TensorType>) const {
  if (!in[0].shape.known()) return 0;
  const auto elements = static_cast<double>(in[0].shape.elements());
  return elements * std::log2(elements + 2);
}

std::optional<ir::BatchAxis> Unique::batch_axis(const ir::BatchArgs& args) const { return none_batched(args) ? std::optional(ir::BatchAxis{}) : std::nullopt; }

REGISTER_OP(Unique);

}  // namespace mindird::ops

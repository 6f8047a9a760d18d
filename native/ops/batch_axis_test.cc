// What operators that move elements claim about the batch, checked by what they compute: when the rows of the batched inputs change places,
// the rows of every output must change places alike. That is what lets requests share a batch at any position.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "ops/ordering/arg_reduce.h"
#include "ops/movement/concat.h"
#include "ops/reduction/cumulative.h"
#include "ops/movement/expand.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/gather_elements.h"
#include "ops/indexing/gather_nd.h"
#include "ops/image/grid_sample.h"
#include "ops/indexing/one_hot.h"
#include "ops/movement/pad.h"
#include "ops/movement/reshape.h"
#include "ops/image/resize.h"
#include "ops/movement/reverse.h"
#include "ops/movement/slice.h"
#include "ops/ordering/sort.h"
#include "ops/indexing/testing_index.h"
#include "ops/movement/tile.h"
#include "ops/ordering/top_k.h"
#include "ops/movement/transpose.h"
#include "ops/movement/triangle.h"

namespace mindird::ops {
namespace {

using namespace testing;

struct Trial {
  std::shared_ptr<ir::Op> op;
  std::vector<Array> inputs;
};

class Trials {
 public:
  explicit Trials(uint32_t seed) : h_(seed) {}

  int64_t upto(int64_t n) { return static_cast<int64_t>(h_.pick(static_cast<size_t>(n) + 1)); }
  int64_t among(size_t n) { return static_cast<int64_t>(h_.pick(n)); }
  bool coin() { return h_.pick(2) == 0; }

  Shape shape(size_t rank) {
    std::vector<int64_t> dims(rank);
    for (int64_t& d : dims) d = 1 + upto(3) * (coin() ? 1 : 2);
    return Shape(std::move(dims));
  }
  Array random(const Shape& s) {
    std::vector<float> values(static_cast<size_t>(s.elements()));
    for (float& v : values) v = static_cast<float>(upto(200)) / 100 - 1;
    return array<float>(s, values);
  }
  Array ids(const Shape& s, int64_t below) {
    std::vector<int32_t> values(static_cast<size_t>(s.elements()));
    for (int32_t& v : values) v = static_cast<int32_t>(among(static_cast<size_t>(below)));
    return array<int32_t>(s, values);
  }

  Trial one_input() {
    const size_t rank = 2 + h_.pick(3);
    const Shape s = shape(rank);
    return {one_input_op(s), {random(s)}};
  }

  Trial indexed() {
    const Shape s = shape(2 + h_.pick(2));
    const size_t axis = h_.pick(s.rank());
    switch (h_.pick(4)) {
      case 0: {
        auto op = std::make_shared<Gather>();
        op->axis = static_cast<int64_t>(axis);
        op->batch_dims = upto(static_cast<int64_t>(axis));
        std::vector<int64_t> dims(s.begin(), s.begin() + op->batch_dims);
        for (int64_t n = upto(2); n > 0; --n) dims.push_back(1 + upto(3));
        return {op, {random(s), ids(Shape(dims), s[axis])}};
      }
      case 1: {
        auto op = std::make_shared<GatherElements>();
        op->axis = static_cast<int64_t>(axis);
        Shape at = s;
        at[axis] = 1 + upto(5);
        if (coin()) at[h_.pick(s.rank())] = 1;
        return {op, {random(s), ids(at, s[axis])}};
      }
      case 2: return {std::make_shared<GatherNd>(), {random(s), ids(Shape{1 + upto(3), 1 + upto(3), 1}, s[0])}};
      default: {
        auto op = std::make_shared<OneHot>();
        op->depth = 3;
        op->axis = upto(static_cast<int64_t>(s.rank()));
        return {op, {ids(s, 4), array<float>({}, {1}), array<float>({}, {0})}};
      }
    }
  }

  Trial joined() {
    if (coin()) {
      auto op = std::make_shared<Concat>();
      const Shape s = shape(3);
      op->axis = among(3);
      return {op, {random(s), random(s)}};
    }
    const int64_t n = 1 + upto(3);
    return {std::make_shared<GridSample>(), {random({n, 1 + upto(2), 3, 4}), random({n, 2, 3, 2})}};
  }

 private:
  std::vector<int64_t> list(size_t n, int64_t most) {
    std::vector<int64_t> out(n);
    for (int64_t& v : out) v = coin() ? 0 : upto(most);
    return out;
  }

  std::shared_ptr<ir::Op> reshape(const Shape& s) {
    auto op = std::make_shared<Reshape>();
    // Factors of all dims, merged at random.
    op->shape.push_back(1);
    for (const int64_t d : s) {
      for (int64_t rest = d, f = 2; rest > 1; ++f) {
        while (rest % f == 0) {
          if (coin() && op->shape.size() < 6) op->shape.push_back(1);
          op->shape.back() *= f;
          rest /= f;
        }
      }
    }
    return op;
  }

  std::shared_ptr<ir::Op> slice(const Shape& s) {
    auto op = std::make_shared<Slice>();
    for (const int64_t d : s) {
      const bool whole = coin();
      op->begin.push_back(whole ? 0 : among(static_cast<size_t>(d)));
      op->size.push_back(whole ? d : 1);
      op->stride.push_back(1);
    }
    return op;
  }

  std::shared_ptr<ir::Op> moved_op(const Shape& s) {
    switch (h_.pick(6)) {
      case 0: return reshape(s);
      case 1: return slice(s);
      case 2: {
        auto op = std::make_shared<Transpose>();
        op->perm.resize(s.rank());
        std::iota(op->perm.begin(), op->perm.end(), 0);
        for (size_t i = s.rank(); i-- > 1;) std::swap(op->perm[i], op->perm[h_.pick(i + 1)]);
        return op;
      }
      case 3: {
        auto op = std::make_shared<Tile>();
        for (size_t i = 0; i < s.rank(); ++i) op->repeats.push_back(coin() ? 1 : 2);
        return op;
      }
      case 4: {
        auto op = std::make_shared<Expand>();
        op->shape = {2};
        for (const int64_t d : s) op->shape.push_back(d == 1 ? 1 + upto(2) : d);
        return op;
      }
      default: {
        auto op = std::make_shared<Reverse>();
        op->axes = {among(s.rank())};
        return op;
      }
    }
  }

  std::shared_ptr<ir::Op> computed_op(const Shape& s) {
    const int64_t axis = among(s.rank());
    switch (h_.pick(5)) {
      case 0: {
        auto op = std::make_shared<ArgReduce>();
        op->axis = axis;
        op->keep_dims = coin();
        return op;
      }
      case 1: {
        auto op = std::make_shared<Sort>();
        op->axis = axis;
        return op;
      }
      case 2: {
        auto op = std::make_shared<TopK>();
        op->axis = axis;
        return op;
      }
      case 3: {
        auto op = std::make_shared<Cumulative>();
        op->axis = axis;
        return op;
      }
      default: {
        auto op = std::make_shared<Triangle>();
        op->diagonal = upto(2) - 1;
        return op;
      }
    }
  }

  std::shared_ptr<ir::Op> one_input_op(const Shape& s) {
    if (const size_t choice = h_.pick(8); choice == 0) {
      auto op = std::make_shared<Pad>();
      op->before = list(s.rank(), 2);
      op->after = list(s.rank(), 2);
      return op;
    } else if (choice == 1) {
      auto op = std::make_shared<Resize>();
      op->size = {1 + upto(5), 1 + upto(5)};
      op->mode = static_cast<ResizeMode>(h_.pick(3));
      return op;
    } else {
      return choice < 5 ? moved_op(s) : computed_op(s);
    }
  }

  Hostile h_;
};

/// The array with its rows moved on by one place; as it is when it does not depend on the batch.
Array rolled(const Array& a, ir::BatchAxis batch) {
  if (batch.axis < 0) return a;
  const auto at = static_cast<size_t>(batch.axis);
  const int64_t size = a.type.shape[at];
  int64_t run = static_cast<int64_t>(dtype_size(a.type.dtype));
  for (size_t i = at + 1; i < a.type.shape.rank(); ++i) run *= a.type.shape[i];
  Array out = a;
  for (int64_t i = 0; i < static_cast<int64_t>(a.bytes.size()) / run; ++i) {
    const int64_t block = i / size * size;
    const int64_t source = block + (i % size + batch.inner) % size;
    std::memcpy(out.bytes.data() + i * run, a.bytes.data() + source * run, static_cast<size_t>(run));
  }
  return out;
}

/// A divisor of n.
int64_t some_divisor(Trials& t, int64_t n) {
  for (;;) {
    const int64_t d = 1 + t.upto(n - 1);
    if (n % d == 0) return d;
  }
}

/// Batch axes of one number of rows for some of the inputs.
std::vector<ir::BatchAxis> random_axes(Trials& t, const std::vector<Array>& inputs) {
  std::vector<ir::BatchAxis> axes(inputs.size());
  int64_t rows = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& s = inputs[i].type.shape;
    if (s.rank() == 0 || (i > 0 && t.coin())) continue;
    const auto axis = i > 0 && axes[0].axis >= 0 && t.coin() ? std::min(axes[0].axis, static_cast<int64_t>(s.rank()) - 1) : t.among(s.rank());
    const int64_t size = s[static_cast<size_t>(axis)];
    if (rows != 0 && size % rows != 0) continue;
    if (inputs.size() > 1 && i == 0 && t.coin()) continue;
    const int64_t inner = rows == 0 ? some_divisor(t, size) : size / rows;
    rows = size / inner;
    axes[i] = {axis, inner};
  }
  return axes;
}

/// Checks one claim; true when there was one about a batch of several rows.
bool check_claim(const Trial& trial, const std::vector<ir::BatchAxis>& axes) {
  const auto before = run(*trial.op, trial.inputs);
  if (!before.ok()) return false;
  ir::Types out;
  for (const Array& a : *before) out.push_back(a.type);
  const ir::Types in = types_of(trial.inputs);
  const auto claim = trial.op->batch_axis({in, out, axes});
  if (!claim) return false;
  std::vector<Array> moved_inputs;
  int64_t rows = 1;
  for (size_t i = 0; i < axes.size(); ++i) {
    moved_inputs.push_back(rolled(trial.inputs[i], axes[i]));
    if (axes[i].axis >= 0) rows = in[i].shape[static_cast<size_t>(axes[i].axis)] / axes[i].inner;
  }
  const auto after = run(*trial.op, moved_inputs);
  EXPECT_TRUE(after.ok());
  for (size_t i = 0; i < before.value().size(); ++i) {
    if (claim->axis >= 0) {
      EXPECT_EQ(out[i].shape[static_cast<size_t>(claim->axis)], rows * claim->inner) << trial.op->id();
    }
    EXPECT_EQ((*after)[i], rolled((*before)[i], *claim)) << trial.op->id() << " of " << in[0].text() << ", batch axis " << axes[0].axis << " inner "
                                                         << axes[0].inner << ", claims " << claim->axis << " inner " << claim->inner;
  }
  return rows > 1 && claim->axis >= 0;
}

TEST(BatchAxis, ClaimsHoldWhenRowsChangePlaces) {
  Trials t(11);
  std::vector<std::pair<std::string_view, int>> claims;
  for (int i = 0; i < 30000; ++i) {
    const Trial trial = i % 3 == 0 ? t.one_input() : i % 3 == 1 ? t.indexed() : t.joined();
    if (!check_claim(trial, random_axes(t, trial.inputs))) continue;
    const auto known = std::find_if(claims.begin(), claims.end(), [&](const auto& c) { return c.first == trial.op->id(); });
    if (known == claims.end()) {
      claims.emplace_back(trial.op->id(), 1);
    } else {
      ++known->second;
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_EQ(claims.size(), 19U);
  for (const auto& [id, count] : claims) EXPECT_GE(count, 20) << id;
}

}  // namespace
}  // namespace mindird::ops

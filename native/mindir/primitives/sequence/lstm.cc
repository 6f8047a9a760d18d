// LSTM with its weights packed into one tensor. Every layer and direction becomes one Lstm; the backward direction reads its input in reverse, and a layer gets
// the results of both directions of the one before, side by side. For several layers or directions there are two orders of the packed weights:
//
//   cuDNN's, of nn.LSTM before 1.6: for each layer and direction input weights [4H,I] and recurrent weights [4H,H], then for each two biases [4H], which are
//   added the CPU kernel's, of the primitive: all input weights, all recurrent weights, then for each layer and direction one bias
//
// The number of biases tells them apart. nn.LSTM before 1.6 is documented for GPU and Ascend; that the CPU kernel reads its weights in the other order is an
// error.
#include <vector>

#include "base/checked.h"
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/movement/reverse.h"
#include "ops/sequence/lstm.h"

namespace mindird::mindir {
namespace {

constexpr int64_t kMaxUnits = int64_t{1} << 20U;
constexpr int64_t kMaxLayers = 1024;

struct Sizes {
  int64_t input = 0;
  int64_t hidden = 0;
  int64_t layers = 1;
  int64_t directions = 1;
  bool has_bias = true;

  int64_t gates() const { return 4 * hidden; }
  int64_t parts() const { return layers * directions; }
  /// Width of what layer `layer` reads.
  int64_t width(int64_t layer) const { return layer == 0 ? input : hidden * directions; }
  int64_t matrices() const {
    int64_t count = 0;
    for (int64_t layer = 0; layer < layers; ++layer) count += directions * gates() * (width(layer) + hidden);
    return count;
  }
};

Result<Sizes> sizes_of(const Call& call) {
  Sizes sizes;
  TRY_ASSIGN(sizes.input, call.integer("input_size", kAttributeOnly));
  TRY_ASSIGN(sizes.hidden, call.integer("hidden_size", kAttributeOnly));
  TRY_ASSIGN(sizes.has_bias, call.flag("has_bias", kAttributeOnly, true));
  TRY_ASSIGN(sizes.layers, call.integer("num_layers", kAttributeOnly, 1));
  TRY_ASSIGN(const bool bidirectional, call.flag("bidirectional", kAttributeOnly, false));
  TRY_ASSIGN(const int64_t projection, call.integer("proj_size", kAttributeOnly, 0));
  sizes.directions = bidirectional ? 2 : 1;
  if (projection != 0) return unsupported("LSTM with a projection is not supported");
  if (sizes.layers < 1 || sizes.layers > kMaxLayers) return invalid_model(str("num_layers ", sizes.layers));
  if (sizes.input < 1 || sizes.input > kMaxUnits || sizes.hidden < 1 || sizes.hidden > kMaxUnits) {
    return invalid_model(str("input_size ", sizes.input, " and hidden_size ", sizes.hidden));
  }
  return sizes;
}

/// Whether the weights lie in cuDNN's order; `count` elements of them fit the sizes.
Result<bool> in_order_of_cudnn(const Call& call, const Sizes& sizes, int64_t count) {
  const int64_t rest = count - sizes.matrices();
  const int64_t biases = sizes.parts() * sizes.gates();
  if (sizes.has_bias && rest == 2 * biases) return true;
  if (sizes.has_bias && rest == biases) return false;
  if (!sizes.has_bias && rest >= 0) {
    if (sizes.parts() == 1 || call.version().before(1, 6)) return true;
    return unsupported("packed weights of several layers or directions without biases: their order depends on the device");
  }
  return invalid_model(
      str("packed weights have ", count, " elements, want ", sizes.matrices(), sizes.has_bias ? str(" and ", biases, " or ", 2 * biases, " biases") : ""));
}

/// Takes tensors from the front of the packed weights.
class Packed {
 public:
  Packed(Call& call, ir::ValueId flat) : call_(call), flat_(flat) {}

  Result<ir::ValueId> take(std::vector<int64_t> dims) {
    const int64_t count = *checked_product(dims);
    TRY_ASSIGN(const ir::ValueId part, call_.slice(flat_, 0, at_, count));
    at_ += count;
    return call_.reshape(part, std::move(dims));
  }

 private:
  Call& call_;
  ir::ValueId flat_;
  int64_t at_ = 0;
};

struct Part {
  ir::ValueId w_input = 0;
  ir::ValueId w_hidden = 0;
  ir::ValueId bias = 0;
};

Status take_biases(Call& call, Packed& packed, const Sizes& sizes, bool two, DType dtype, std::vector<Part>& parts) {
  for (Part& part : parts) {
    if (!sizes.has_bias) {
      const std::vector<std::byte> zeros(static_cast<size_t>(sizes.gates()) * dtype_size(dtype));
      TRY_ASSIGN(part.bias, call.constant({dtype, {sizes.gates()}}, zeros));
      continue;
    }
    TRY_ASSIGN(part.bias, packed.take({sizes.gates()}));
    if (two) {
      TRY_ASSIGN(const ir::ValueId second, packed.take({sizes.gates()}));
      TRY_ASSIGN(part.bias, call.binary(ops::BinaryKind::kAdd, part.bias, second));
    }
  }
  return {};
}

/// The weights of every layer and direction, layers first.
Result<std::vector<Part>> parts_of(Call& call, const Sizes& sizes) {
  TRY_ASSIGN(const ir::ValueId weights, call.tensor(3));
  TRY(call.want_known(weights));
  const int64_t count = call.shape(weights).elements();
  TRY_ASSIGN(const bool cudnn, in_order_of_cudnn(call, sizes, count));
  TRY_ASSIGN(const ir::ValueId flat, call.reshape(weights, {count}));
  Packed packed(call, flat);
  std::vector<Part> parts(static_cast<size_t>(sizes.parts()));
  const auto width = [&](size_t i) { return sizes.width(static_cast<int64_t>(i) / sizes.directions); };
  for (size_t i = 0; i < parts.size(); ++i) {
    TRY_ASSIGN(parts[i].w_input, packed.take({sizes.gates(), width(i)}));
    if (!cudnn) continue;
    TRY_ASSIGN(parts[i].w_hidden, packed.take({sizes.gates(), sizes.hidden}));
  }
  for (size_t i = 0; !cudnn && i < parts.size(); ++i) {
    TRY_ASSIGN(parts[i].w_hidden, packed.take({sizes.gates(), sizes.hidden}));
  }
  TRY(take_biases(call, packed, sizes, cudnn, call.type(weights).dtype, parts));
  return parts;
}

Result<ir::ValueId> reversed(Call& call, ir::ValueId x) {
  auto op = std::make_shared<ops::Reverse>();
  op->axes = {0};
  return call.emit(std::move(op), {x});
}

struct States {
  std::vector<ir::ValueId> h;
  std::vector<ir::ValueId> c;
};

/// One layer in one direction; its last states join `last`.
Result<ir::ValueId> run(Call& call, ir::ValueId x, const Part& part, int64_t index, const Sizes& sizes, States& last) {
  const bool backward = index % sizes.directions == 1;
  if (backward) {
    TRY_ASSIGN(x, reversed(call, x));
  }
  TRY_ASSIGN(const ir::ValueId all_h, call.tensor(1));
  TRY_ASSIGN(const ir::ValueId all_c, call.tensor(2));
  TRY_ASSIGN(const ir::ValueId h, call.slice(all_h, 0, index, 1));
  TRY_ASSIGN(const ir::ValueId c, call.slice(all_c, 0, index, 1));
  auto op = std::make_shared<ops::Lstm>();
  op->hidden_size = sizes.hidden;
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), {x, h, c, part.w_input, part.w_hidden, part.bias}));
  last.h.push_back(results[1]);
  last.c.push_back(results[2]);
  return backward ? reversed(call, results[0]) : results[0];
}

Result<ir::ValueId> joined(Call& call, const std::vector<ir::ValueId>& parts, size_t axis) {
  if (parts.size() == 1) return parts[0];
  return call.concat(parts, axis);
}

Result<Item> lower_lstm(Call& call) {
  TRY_ASSIGN(ir::ValueId x, call.tensor(0));
  TRY(call.want_rank(x, 3, "the input"));
  TRY(call.want_known(x));
  TRY_ASSIGN(const Sizes sizes, sizes_of(call));
  for (size_t i = 1; i < 3; ++i) {
    TRY_ASSIGN(const ir::ValueId state, call.tensor(i));
    const Shape want{sizes.parts(), call.shape(x)[1], sizes.hidden};
    if (call.shape(state) != want) return invalid_model(str("input ", i, " is ", call.type(state).text(), ", want ", want.text()));
  }
  TRY_ASSIGN(const auto parts, parts_of(call, sizes));
  States last;
  for (int64_t layer = 0; layer < sizes.layers; ++layer) {
    std::vector<ir::ValueId> sides;
    for (int64_t index = layer * sizes.directions; index < (layer + 1) * sizes.directions; ++index) {
      TRY_ASSIGN(const ir::ValueId y, run(call, x, parts[static_cast<size_t>(index)], index, sizes, last));
      sides.push_back(y);
    }
    TRY_ASSIGN(x, joined(call, sides, 2));
  }
  TRY_ASSIGN(const ir::ValueId h, joined(call, last.h, 0));
  TRY_ASSIGN(const ir::ValueId c, joined(call, last.c, 0));
  const Item unavailable(Unavailable{"the training state of an LSTM is not provided"});
  return make_tuple({Item(Computed{x}), Item(Computed{h}), Item(Computed{c}), unavailable, unavailable});
}

REGISTER_PRIMITIVE(LSTM, lower_lstm);

}  // namespace
}  // namespace mindird::mindir

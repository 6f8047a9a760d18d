// LSTM with its weights packed into one tensor: input weights [4H,I], recurrent weights [4H,H], then one or two biases [4H] (two are added).
#include <vector>

#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/sequence/lstm.h"

namespace mindird::mindir {
namespace {

constexpr int64_t kMaxUnits = int64_t{1} << 20U;

struct Sizes {
  int64_t input = 0;
  int64_t hidden = 0;
  bool has_bias = true;

  int64_t gates() const { return 4 * hidden; }
  int64_t weights() const { return gates() * (input + hidden); }
};

Result<Sizes> sizes_of(const Call& call) {
  Sizes sizes;
  TRY_ASSIGN(sizes.input, call.integer("input_size", kAttributeOnly));
  TRY_ASSIGN(sizes.hidden, call.integer("hidden_size", kAttributeOnly));
  TRY_ASSIGN(sizes.has_bias, call.flag("has_bias", kAttributeOnly, true));
  TRY_ASSIGN(const int64_t layers, call.integer("num_layers", kAttributeOnly, 1));
  TRY_ASSIGN(const bool bidirectional, call.flag("bidirectional", kAttributeOnly, false));
  TRY_ASSIGN(const int64_t projection, call.integer("proj_size", kAttributeOnly, 0));
  if (layers != 1 || bidirectional || projection != 0) return unsupported("only one layer in one direction without projection is supported");
  if (sizes.input < 1 || sizes.input > kMaxUnits || sizes.hidden < 1 || sizes.hidden > kMaxUnits) {
    return invalid_model(str("input_size ", sizes.input, " and hidden_size ", sizes.hidden));
  }
  return sizes;
}

Result<ir::ValueId> bias_of(Call& call, ir::ValueId packed, const Sizes& sizes) {
  const int64_t rest = call.shape(packed)[0] - sizes.weights();
  if (!sizes.has_bias) {
    const std::vector<std::byte> zeros(static_cast<size_t>(sizes.gates()) * dtype_size(call.type(packed).dtype));
    return call.constant({call.type(packed).dtype, {sizes.gates()}}, zeros);
  }
  if (rest != sizes.gates() && rest != 2 * sizes.gates()) {
    return invalid_model(str("packed weights have ", call.shape(packed)[0], " elements, want ", sizes.weights() + sizes.gates()));
  }
  TRY_ASSIGN(const ir::ValueId first, call.slice(packed, 0, sizes.weights(), sizes.gates()));
  if (rest == sizes.gates()) return first;
  TRY_ASSIGN(const ir::ValueId second, call.slice(packed, 0, sizes.weights() + sizes.gates(), sizes.gates()));
  return call.binary(ops::BinaryKind::kAdd, first, second);
}

Result<Item> lower_lstm(Call& call) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < 3; ++i) {
    TRY_ASSIGN(const ir::ValueId value, call.tensor(i));
    inputs.push_back(value);
  }
  TRY_ASSIGN(const ir::ValueId weights, call.tensor(3));
  TRY(call.want_known(weights));
  TRY_ASSIGN(const Sizes sizes, sizes_of(call));
  const int64_t count = call.shape(weights).elements();
  if (count < sizes.weights()) return invalid_model(str("packed weights have ", count, " elements, want ", sizes.weights(), " or more"));
  TRY_ASSIGN(const ir::ValueId packed, call.reshape(weights, {count}));
  TRY_ASSIGN(const ir::ValueId flat_input, call.slice(packed, 0, 0, sizes.gates() * sizes.input));
  TRY_ASSIGN(const ir::ValueId w_input, call.reshape(flat_input, {sizes.gates(), sizes.input}));
  TRY_ASSIGN(const ir::ValueId flat_hidden, call.slice(packed, 0, sizes.gates() * sizes.input, sizes.gates() * sizes.hidden));
  TRY_ASSIGN(const ir::ValueId w_hidden, call.reshape(flat_hidden, {sizes.gates(), sizes.hidden}));
  TRY_ASSIGN(const ir::ValueId bias, bias_of(call, packed, sizes));
  inputs.insert(inputs.end(), {w_input, w_hidden, bias});
  auto op = std::make_shared<ops::Lstm>();
  op->hidden_size = sizes.hidden;
  TRY_ASSIGN(const auto results, call.emit_all(std::move(op), std::move(inputs)));
  const Item unavailable(Unavailable{"the training state of an LSTM is not provided"});
  return make_tuple({Item(Computed{results[0]}), Item(Computed{results[1]}), Item(Computed{results[2]}), unavailable, unavailable});
}

REGISTER_PRIMITIVE(LSTM, lower_lstm);

}  // namespace
}  // namespace mindird::mindir

#include "mindir/value_decoder.h"

#include "base/strings.h"

namespace mindird::mindir {
namespace {

/// The fields of one AttributeProto that carry values.
struct Fields {
  ValueType type = ValueType::kUndefined;
  bool has_scalar = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string_view> texts;
  std::vector<TensorView> tensors;
  Items values;
};

bool is_integer_type(ValueType type) {
  switch (type) {
    case ValueType::kUint8: case ValueType::kInt8: case ValueType::kUint16: case ValueType::kInt16: case ValueType::kInt32:
    case ValueType::kInt64: case ValueType::kUint32: case ValueType::kUint64:
      return true;
    default: return false;
  }
}

bool is_sequence(ValueType type) {
  return type == ValueType::kTuple || type == ValueType::kList || type == ValueType::kDict;
}

/// A scalar field is the value itself; one entry of a repeated field is too (that is how members of tuples are written); several are a tuple.
template <class T, class Convert>
Item scalar_or_tuple(bool has_scalar, T scalar, const std::vector<T>& repeated, Convert convert) {
  if (has_scalar) return convert(scalar);
  if (repeated.size() == 1) return convert(repeated.front());
  Items items;
  items.reserve(repeated.size());
  for (const T& value : repeated) items.push_back(convert(value));
  return make_tuple(std::move(items));
}

Result<Item> tensors_item(const Fields& fields, ConstantStore& constants) {
  Items items;
  for (const TensorView& tensor : fields.tensors) {
    TRY_ASSIGN(ConstantPtr constant, constants.make(tensor));
    items.emplace_back(std::move(constant));
  }
  if (items.size() == 1) return std::move(items.front());
  return make_tuple(std::move(items));
}

Result<Item> item_of(Fields&& f, ConstantStore& constants) {
  if (is_sequence(f.type)) return make_tuple(std::move(f.values));
  if (is_integer_type(f.type)) {
    return scalar_or_tuple(f.has_scalar, f.integer, f.integers, [](int64_t v) { return Item(v); });
  }
  switch (f.type) {
    case ValueType::kBool: return scalar_or_tuple(f.has_scalar, f.integer, f.integers, [](int64_t v) { return Item(v != 0); });
    case ValueType::kFloat: case ValueType::kDouble:
      return scalar_or_tuple(f.has_scalar, f.real, f.reals, [](double v) { return Item(v); });
    case ValueType::kString:
      return scalar_or_tuple(f.has_scalar, f.text, f.texts, [](std::string_view v) { return Item(std::string(v)); });
    case ValueType::kTensor: case ValueType::kTensors: return tensors_item(f, constants);
    case ValueType::kUMonad: case ValueType::kIoMonad: return Item(Monad{});
    case ValueType::kNone: case ValueType::kTypeNull: return Item(None{});
    default: return Item(Unavailable{str("a value of type ", static_cast<int64_t>(f.type), " is not supported")});
  }
}

}  // namespace

Leaf leaf_of(const TensorView& tensor) {
  Leaf leaf{dtype_of_proto(tensor.data_type), tensor.dims, true, true};
  leaf.rank_known = !(leaf.dims.size() == 1 && leaf.dims[0] == -2);
  if (!leaf.rank_known) leaf.dims.clear();
  return leaf;
}

Result<Item> ValueDecoder::decode_item(Cursor c) {
  Fields f;
  if (!c.spend(sizeof(Item) * 2)) return context_.status();
  while (c.next()) {
    switch (c.field()) {
      case 2: f.real = static_cast<double>(c.real32()); f.has_scalar = true; break;
      case 3: f.integer = c.integer(); f.has_scalar = true; break;
      case 4: f.real = c.real64(); f.has_scalar = true; break;
      case 5: f.text = c.bytes(); f.has_scalar = true; break;
      case 6: case 12:
        if (c.spend(sizeof(TensorView) * 2)) f.tensors.push_back(decode_tensor(c.message("TensorProto")));
        break;
      case 8: c.reals32(f.reals); break;
      case 9: c.reals64(f.reals); break;
      case 10: c.integers(f.integers); break;
      case 11:
        if (c.spend(sizeof(Item) * 2)) f.texts.push_back(c.bytes());
        break;
      case 16: f.type = static_cast<ValueType>(c.integer()); break;
      case 17: {
        TRY_ASSIGN(Item member, decode_item(c.message("AttributeProto")));
        f.values.push_back(std::move(member));
        break;
      }
      default: c.skip();
    }
  }
  TRY(context_.status());
  return item_of(std::move(f), constants_);
}

Result<Item> ValueDecoder::item(std::string_view attribute) {
  return decode_item(Cursor(context_, attribute, "AttributeProto"));
}

void ValueDecoder::collect_leaves(Cursor c, std::vector<Leaf>& out) {
  std::vector<Leaf> tensors;
  std::vector<Leaf> members;
  auto type = ValueType::kUndefined;
  while (c.next()) {
    switch (c.field()) {
      case 6: case 12:
        if (c.spend(sizeof(Leaf) * 2)) tensors.push_back(leaf_of(decode_tensor(c.message("TensorProto"))));
        break;
      case 16: type = static_cast<ValueType>(c.integer()); break;
      case 17: collect_leaves(c.message("AttributeProto"), members); break;
      default: c.skip();
    }
  }
  if (is_sequence(type)) {
    for (Leaf& leaf : members) out.push_back(std::move(leaf));
  } else if ((type == ValueType::kTensors || type == ValueType::kTensor) && tensors.size() == 1) {
    out.push_back(std::move(tensors.front()));
  } else if (c.spend(sizeof(Leaf) * 2)) {
    out.emplace_back();
  }
}

Result<std::vector<Leaf>> ValueDecoder::leaves(std::string_view attribute) {
  std::vector<Leaf> out;
  collect_leaves(Cursor(context_, attribute, "AttributeProto"), out);
  TRY(context_.status());
  return out;
}

}  // namespace mindird::mindir
